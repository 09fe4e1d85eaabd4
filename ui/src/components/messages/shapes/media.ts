/** Pictures, sounds and files in payloads: inline, at an address, or cut out by the server. */

import type { Part } from "../types";

// What stands in a payload for a file that was cut out of it.
const REFERENCE = /\[((?:input|output|metadata)-attachment-[\w-]+\.[a-z0-9]+)\]/g;
const WHOLE = /^\[((?:input|output|metadata)-attachment-[\w-]+\.[a-z0-9]+)\]$/;
const DATA_URL = /^data:([a-z0-9.+-]+\/[a-z0-9.+-]+)[;,]/i;
const IMAGES = /\.(?:png|jpe?g|gif|webp|avif|svg|bmp)$/i;
const SOUNDS = /\.(?:wav|mp3|ogg|oga|m4a|flac|opus|weba)$/i;

export const ATTACHMENT = "attachment:";

/** The name of the file that a text is a reference to, "" for other texts. */
export const referenceIn = (text: string): string => WHOLE.exec(text.trim())?.[1] ?? "";

/** An address for data that a payload holds: base64 with its type, an address, or a reference. */
export function srcOf(data: string, mime = ""): string {
  const reference = referenceIn(data);
  if (reference) return ATTACHMENT + reference;
  if (/^(?:data|https?|gs|s3|file):/i.test(data)) return data;
  return data ? `data:${mime || "application/octet-stream"};base64,${data}` : "";
}

/** What kind of part shows an address. */
export function mediaPart(src: string, mime = "", name = ""): Part {
  const type = mime || DATA_URL.exec(src)?.[1] || "";
  if (type.startsWith("image/") || (!type && IMAGES.test(src.split("?")[0] ?? "")))
    return { kind: "image", src };
  if (type.startsWith("audio/") || (!type && SOUNDS.test(src.split("?")[0] ?? "")))
    return { kind: "audio", src };
  return { kind: "file", src, name: name || fileName(src) };
}

export const fileName = (src: string): string =>
  src.startsWith(ATTACHMENT)
    ? src.slice(ATTACHMENT.length)
    : src.startsWith("data:")
      ? (DATA_URL.exec(src)?.[1] ?? "file")
      : (src.split(/[?#]/)[0]?.split("/").at(-1) ?? src);

/** A text's parts: references and lone data URLs in it become what they stand for. */
export function textParts(text: string): Part[] {
  if (text === "") return [];
  if (DATA_URL.test(text) && !/\s/.test(text.slice(0, 200))) return [mediaPart(text)];
  if (!text.includes("-attachment-")) return [{ kind: "text", text }];
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const before = text.slice(from, match.index);
    if (before.trim()) parts.push({ kind: "text", text: before });
    parts.push(mediaPart(ATTACHMENT + match[1]));
    from = match.index + match[0].length;
  }
  const rest = text.slice(from);
  if (rest.trim()) parts.push({ kind: "text", text: rest });
  return parts;
}
