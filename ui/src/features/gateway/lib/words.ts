/** Whether a row has all the words of a search. */
export function hasWords(text: string, words: string | undefined): boolean {
  const low = text.toLowerCase();
  return (words ?? "")
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}
