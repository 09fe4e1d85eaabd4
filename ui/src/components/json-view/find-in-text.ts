/** Where a term stands in a text, whatever its case; at most `most` places. */
export function placesIn(text: string, term: string, most = 10_000): number[] {
  const places: number[] = [];
  if (!term) return places;
  const low = text.toLowerCase();
  const wanted = term.toLowerCase();
  let at = low.indexOf(wanted);
  while (at >= 0 && places.length < most) {
    places.push(at);
    at = low.indexOf(wanted, at + wanted.length);
  }
  return places;
}
