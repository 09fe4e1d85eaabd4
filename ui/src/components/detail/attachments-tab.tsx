import { Download, File, FileAudio, FileImage, FileText, FileVideo, Paperclip } from "lucide-react";
import { useState } from "react";
import type { Attachment } from "@/api/types";
import { Button, buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { formatBytes } from "@/lib/format";
import { AttachmentPreview, previewKind } from "./attachment-preview";

const ICONS = {
  image: FileImage,
  audio: FileAudio,
  video: FileVideo,
  pdf: FileText,
  json: FileText,
  markdown: FileText,
  text: FileText,
  none: File,
};

/** The files of an entity with previews; pictures and sounds show at once, other files when asked. */
export function AttachmentsTab({ attachments }: { attachments: readonly Attachment[] }) {
  if (attachments.length === 0)
    return (
      <EmptyState icon={<Paperclip />} title="No attachments">
        Files that the SDK sends along, and large pictures cut out of payloads, are here.
      </EmptyState>
    );
  return (
    <ul className="divide-y divide-border">
      {attachments.map((attachment) => (
        <AttachmentItem
          key={attachment.file_name}
          attachment={attachment}
          isAlone={attachments.length === 1}
        />
      ))}
    </ul>
  );
}

function AttachmentItem({ attachment, isAlone }: { attachment: Attachment; isAlone: boolean }) {
  const kind = previewKind(attachment);
  const isMedia = kind === "image" || kind === "audio" || kind === "video";
  const [isOpen, setOpen] = useState(isMedia || isAlone);
  const Icon = ICONS[kind];
  return (
    <li className="px-4 py-2">
      <div className="flex min-w-0 items-center gap-2">
        <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
        <span className="min-w-0 truncate" title={attachment.file_name}>
          {attachment.file_name}
        </span>
        <span className="shrink-0 text-sm text-muted-foreground tabular">
          {attachment.mime_type} · {formatBytes(attachment.file_size)}
        </span>
        <span className="ml-auto flex shrink-0 items-center gap-1">
          {kind !== "none" && (
            <Button
              size="sm"
              variant="ghost"
              aria-expanded={isOpen}
              aria-label={`${isOpen ? "Hide" : "Preview"} ${attachment.file_name}`}
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? "Hide" : "Preview"}
            </Button>
          )}
          <a
            href={attachment.link}
            download={attachment.file_name}
            aria-label={`Download ${attachment.file_name}`}
            title="Download"
            className={buttonClass("ghost", "icon-sm")}
          >
            <Download />
          </a>
        </span>
      </div>
      {isOpen && kind !== "none" && (
        <div className="mt-2">
          <AttachmentPreview attachment={attachment} kind={kind} />
        </div>
      )}
    </li>
  );
}
