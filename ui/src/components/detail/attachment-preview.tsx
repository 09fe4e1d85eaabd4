import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { send } from "@/api/client";
import type { Attachment } from "@/api/types";
import { LocalDoc } from "@/components/json-view/doc";
import { type JsonValue, parseJson } from "@/components/json-view/json-text";
import { JsonView } from "@/components/json-view/json-view";
import { RichText } from "@/components/messages/rich-text";
import { Skeleton } from "@/components/ui/skeleton";
import { ErrorState } from "@/components/ui/states";
import { formatBytes } from "@/lib/format";

export type PreviewKind =
  | "image"
  | "audio"
  | "video"
  | "pdf"
  | "json"
  | "markdown"
  | "text"
  | "none";

/** Larger files are for download. */
const MOST_TEXT = 5_000_000;
const MOST_PDF = 100_000_000;

const ENDINGS: [RegExp, PreviewKind][] = [
  [/\.json$/i, "json"],
  [/\.(?:md|markdown)$/i, "markdown"],
  [/\.(?:txt|csv|tsv|log|ya?ml|xml|html?|py|js|ts|sql|jsonl)$/i, "text"],
];

export function previewKind({
  mime_type: mime,
  file_name: name,
  file_size: size,
}: Attachment): PreviewKind {
  if (mime.startsWith("image/")) return "image";
  if (mime.startsWith("audio/")) return "audio";
  if (mime.startsWith("video/")) return "video";
  if (mime === "application/pdf") return size <= MOST_PDF ? "pdf" : "none";
  if (size > MOST_TEXT) return "none";
  if (/^application\/(?:.+\+)?json$/.test(mime)) return "json";
  if (mime === "text/markdown") return "markdown";
  const byName = ENDINGS.find(([ending]) => ending.test(name))?.[1];
  return byName ?? (mime.startsWith("text/") ? "text" : "none");
}

export function AttachmentPreview({
  attachment,
  kind,
}: {
  attachment: Attachment;
  kind: Exclude<PreviewKind, "none">;
}) {
  const { link, file_name: name } = attachment;
  switch (kind) {
    case "image":
      return (
        <a
          href={link}
          target="_blank"
          rel="noopener noreferrer"
          className="inline-block max-w-full"
        >
          <img
            src={link}
            alt={name}
            loading="lazy"
            className="max-h-[32rem] max-w-full rounded-md border border-border object-contain"
          />
        </a>
      );
    case "audio":
      return (
        // biome-ignore lint/a11y/useMediaCaption: whoever sent the sound sent no captions
        <audio
          controls
          preload="metadata"
          src={link}
          aria-label={name}
          className="w-full max-w-md"
        />
      );
    case "video":
      return (
        // biome-ignore lint/a11y/useMediaCaption: whoever sent the film sent no captions
        <video
          controls
          preload="metadata"
          src={link}
          aria-label={name}
          className="max-h-[32rem] max-w-full rounded-md border border-border"
        />
      );
    case "pdf":
      return <PdfPreview attachment={attachment} />;
    default:
      return <TextPreview attachment={attachment} kind={kind} />;
  }
}

/** The path that the client asks for: links begin with `/api/`. */
const pathOf = (link: string): string => link.replace(/^.*?\/api\//, "");

/** A PDF in a frame of its own: the server's answer is sandboxed, so its bytes are shown from here. */
function PdfPreview({ attachment }: { attachment: Attachment }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["attachment", attachment.link, "pdf"],
    queryFn: async ({ signal }) =>
      (await send("GET", pathOf(attachment.link), { signal })).arrayBuffer(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const [address, setAddress] = useState("");
  useEffect(() => {
    if (!data) return;
    const made = URL.createObjectURL(new Blob([data], { type: "application/pdf" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [data]);
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (!address) return <Skeleton className="h-96 w-full" />;
  return (
    <iframe
      src={address}
      title={attachment.file_name}
      className="h-[32rem] w-full rounded-md border border-border"
    />
  );
}

function TextPreview({
  attachment,
  kind,
}: {
  attachment: Attachment;
  kind: "json" | "markdown" | "text";
}) {
  const { data, error, refetch } = useQuery({
    queryKey: ["attachment", attachment.link, "text"],
    queryFn: async ({ signal }) => (await send("GET", pathOf(attachment.link), { signal })).text(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (error) return <ErrorState error={error} onRetry={refetch} />;
  if (data === undefined) return <Skeleton className="h-40 w-full" />;
  if (data === "") return <p className="text-muted-foreground">The file is empty.</p>;
  if (kind === "markdown") return <RichText text={data} isOpen />;
  return (
    <div className="rounded-md border border-border bg-surface p-1">
      <Tree
        text={data}
        isJson={kind === "json"}
        label={`${attachment.file_name}, ${formatBytes(attachment.file_size)}`}
      />
    </div>
  );
}

function Tree({ text, isJson, label }: { text: string; isJson: boolean; label: string }) {
  const doc = useMemo(() => new LocalDoc(isJson ? jsonOr(text) : text), [text, isJson]);
  return <JsonView doc={doc} label={label} field="" />;
}

function jsonOr(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}
