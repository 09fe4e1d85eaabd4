/** A sentence of the server, in which `code` stands between backticks. */
export function ServerWords({ text }: { text: string }) {
  return text.split("`").map((piece, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never change places
      <code key={i} className="rounded-[3px] bg-muted px-1 font-mono text-xs text-foreground">
        {piece}
      </code>
    ) : (
      piece
    ),
  );
}
