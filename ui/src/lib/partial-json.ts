import type { Json } from "@/api/types";

/** Reads JSON that may be cut off anywhere: what is there is returned. Undefined when it is no JSON at all. */
export function readPartialJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return new Reader(text).read();
  }
}

const CUT = Symbol("cut");
const MOST_DEEP = 200;
const ESCAPES: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
};

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  read(): Json | undefined {
    try {
      const found = this.value(0);
      // Words after a value mean that this was a sentence, not JSON: `12 monkeys`.
      this.space();
      return found === CUT || this.at < this.text.length ? undefined : found;
    } catch (thrown) {
      if (thrown instanceof SyntaxError) return undefined;
      throw thrown;
    }
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  /** Returns `CUT` when nothing of the value is there. */
  private value(depth: number): Json | typeof CUT {
    this.space();
    const sign = this.text[this.at];
    if (sign === undefined) return CUT;
    if (depth > MOST_DEEP) throw new SyntaxError("too deep");
    if (sign === "{") return this.object(depth);
    if (sign === "[") return this.array(depth);
    if (sign === '"') return this.string().text;
    return this.word();
  }

  private object(depth: number): Json {
    const found: { [key: string]: Json } = {};
    this.at++;
    for (;;) {
      this.space();
      const sign = this.text[this.at];
      if (sign === undefined) return found;
      if (sign === "}" || sign === ",") {
        this.at++;
        if (sign === "}") return found;
        continue;
      }
      if (sign !== '"') throw new SyntaxError("no name");
      const name = this.string();
      this.space();
      if (this.text[this.at] === undefined) return found;
      if (!name.isClosed || this.text[this.at] !== ":") throw new SyntaxError("no colon");
      this.at++;
      const value = this.value(depth + 1);
      if (value === CUT) return found;
      Object.defineProperty(found, name.text, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  }

  private array(depth: number): Json {
    const found: Json[] = [];
    this.at++;
    for (;;) {
      this.space();
      const sign = this.text[this.at];
      if (sign === undefined) return found;
      if (sign === "]" || sign === ",") {
        this.at++;
        if (sign === "]") return found;
        continue;
      }
      const value = this.value(depth + 1);
      if (value === CUT) return found;
      found.push(value);
    }
  }

  private string(): { text: string; isClosed: boolean } {
    let found = "";
    this.at++;
    for (;;) {
      const sign = this.text[this.at++];
      if (sign === undefined) return { text: found, isClosed: false };
      if (sign === '"') return { text: found, isClosed: true };
      if (sign !== "\\") {
        found += sign;
        continue;
      }
      const escaped = this.text[this.at++];
      if (escaped === undefined) return { text: found, isClosed: false };
      if (escaped !== "u") {
        found += ESCAPES[escaped] ?? escaped;
        continue;
      }
      const code = this.text.slice(this.at, this.at + 4);
      this.at += 4;
      if (code.length < 4) return { text: found, isClosed: false };
      found += String.fromCharCode(Number.parseInt(code, 16) || 0xfffd);
    }
  }

  private word(): Json | typeof CUT {
    const [word = ""] = /^[-+.\w]*/.exec(this.text.slice(this.at, this.at + 64)) ?? [];
    this.at += word.length;
    if (word === "true") return true;
    if (word === "false") return false;
    if (word === "null") return null;
    const number = Number(word);
    if (word !== "" && Number.isFinite(number)) return number;
    // The beginning of a word at the very end was cut: `tru`, `1e`, `-`.
    if (word !== "" && this.at >= this.text.length) return CUT;
    throw new SyntaxError("no value");
  }
}
