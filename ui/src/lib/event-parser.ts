/** Reads a stream of server-sent events from its text, however it was cut into pieces. */
export class EventParser {
  private rest = "";
  private data: string[] = [];

  /** Returns the data of the events that end in this piece; comments and other fields say nothing here. */
  feed(piece: string): string[] {
    // A line may end in CR LF: a CR at the very end waits for what follows.
    const text = this.rest + piece;
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    const found: string[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) found.push(this.data.join("\n"));
        this.data = [];
      } else if (line.startsWith("data:")) {
        this.data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
    return found;
  }
}
