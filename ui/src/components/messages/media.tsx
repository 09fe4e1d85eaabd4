import { createContext, type ReactNode, useContext, useMemo } from "react";
import type { Attachment } from "@/api/types";
import { ATTACHMENT, fileName } from "./shapes/media";

export type Media = {
  /** Where the browser gets it; "" when nobody knows. */
  url: string;
  name: string;
  /** Another server's: it is asked only when the reader wants it. */
  isRemote: boolean;
};

const Files = createContext<ReadonlyMap<string, Attachment>>(new Map());

/** Says which files the references in the payloads below stand for. */
export function MediaProvider({
  attachments,
  children,
}: {
  attachments: readonly Attachment[];
  children: ReactNode;
}) {
  const files = useMemo(() => new Map(attachments.map((a) => [a.file_name, a])), [attachments]);
  return <Files value={files}>{children}</Files>;
}

export const useFiles = (): ReadonlyMap<string, Attachment> => useContext(Files);

/** Where the thing behind an address of a payload can be had. Nothing but pictures, sounds and pages is ever followed. */
export function useMedia(src: string): Media {
  const files = useFiles();
  const name = fileName(src);
  if (src.startsWith(ATTACHMENT)) {
    return { url: files.get(name)?.link ?? "", name, isRemote: false };
  }
  if (src.startsWith("data:")) return { url: src, name, isRemote: false };
  return { url: src.startsWith("https://") ? src : "", name, isRemote: true };
}
