/** Breaks a text into the lines of a column that is `columns` characters wide. */

const TAB = 4;
/** First and last code of signs that take two columns (Hangul, Kana, Han, full-width forms). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe4f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
];

/** Columns of one UTF-16 unit in a monospaced font; the two halves of an emoji count one each. */
function columnsOf(code: number): number {
  if (code < 0x1100) return code === 9 ? TAB : 1;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Returns where each line begins; words stay whole where they fit. A line ends before its "\n". */
export function lineStarts(text: string, columns: number): number[] {
  const starts = [0];
  let used = 0;
  let lastSpace = -1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      starts.push(at + 1);
      used = 0;
      lastSpace = -1;
      continue;
    }
    const width = columnsOf(code);
    if (used + width > columns && used > 0) {
      // A break inside a pair of surrogates would tear a sign apart.
      const torn = code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
      const start = code === 32 ? at : lastSpace >= 0 ? lastSpace + 1 : torn;
      if (code === 32) {
        // The space that does not fit hangs over the end of its line.
        starts.push(at + 1);
        used = 0;
        lastSpace = -1;
        continue;
      }
      starts.push(start);
      used = 0;
      for (let k = start; k < at; k += 1) used += columnsOf(text.charCodeAt(k));
      lastSpace = -1;
    }
    if (code === 32 || code === 9) lastSpace = at;
    used += width;
  }
  return starts;
}

/** Returns the line `index` of a text without its line break. */
export function lineOf(text: string, starts: readonly number[], index: number): string {
  const line = text.slice(starts[index] ?? text.length, starts[index + 1] ?? text.length);
  return line.endsWith("\n") ? line.slice(0, line.endsWith("\r\n") ? -2 : -1) : line;
}

/** Index of the line that holds the character at `offset`. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
