/** Server-sent events, parsed as the HTML standard says (section 9.2.6), from text that comes in any pieces. */

export interface Message {
  id: string | null;
  event: string;
  data: string;
}

/** Takes the stream's text piece by piece and gives the messages that are complete. */
export class SseParser {
  /** What the server asked for as the pause before a reconnection, milliseconds; null until it does. */
  retryMs: number | null = null;
  private rest = "";
  private afterReturn = false;
  private id: string | null = null;
  private event = "";
  private data: string[] = [];

  push(piece: string): Message[] {
    let text = piece;
    if (this.afterReturn && text.startsWith("\n")) text = text.slice(1); // the second half of a CRLF
    if (text !== "") this.afterReturn = text.endsWith("\r");
    const lines = (this.rest + text).split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? "";
    return lines.map((line) => this.take(line)).filter((message) => message !== null);
  }

  private take(line: string): Message | null {
    if (line === "") return this.complete();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    else if (field === "retry" && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  private complete(): Message | null {
    const message = { id: this.id, event: this.event || "message", data: this.data.join("\n") };
    const empty = this.data.length === 0;
    this.event = "";
    this.data = [];
    return empty ? null : message;
  }
}
