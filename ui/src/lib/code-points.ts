/** The server counts characters, JavaScript counts halves of some of them (an emoji is two). */

export function fromCodePoints(text: string, offset: number): number {
  let units = 0;
  let left = offset;
  for (const character of text) {
    if (left <= 0) break;
    units += character.length;
    left -= 1;
  }
  return units;
}
