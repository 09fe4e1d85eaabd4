import { FileText, Image as ImageIcon, Volume2 } from "lucide-react";
import { useState } from "react";
import { Button, buttonClass } from "@/components/ui/button";
import { type Media, useMedia } from "./media";

const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

/** A picture of the payload; one of another server is fetched when it is asked for. */
export function ImagePart({ src, alt = "" }: { src: string; alt?: string }) {
  const media = useMedia(src);
  const [isWanted, setWanted] = useState(false);
  const [failed, setFailed] = useState(false);
  if (!media.url || failed) return <Missing media={media} src={src} what="image" />;
  if (media.isRemote && !isWanted) {
    return (
      <Button size="sm" onClick={() => setWanted(true)} title={media.url}>
        <ImageIcon />
        Load image from {hostOf(media.url)}
      </Button>
    );
  }
  return (
    <a
      href={media.url}
      target="_blank"
      rel="noopener noreferrer"
      className="inline-block max-w-full"
      // A browser opens no page from a data address.
      onClick={(event) => media.url.startsWith("data:") && event.preventDefault()}
    >
      <img
        src={media.url}
        alt={alt || media.name || "Image"}
        referrerPolicy="no-referrer"
        onError={() => setFailed(true)}
        className="max-h-80 max-w-full rounded-md border border-border object-contain"
      />
    </a>
  );
}

export function AudioPart({ src, transcript }: { src: string; transcript?: string }) {
  const media = useMedia(src);
  const [isWanted, setWanted] = useState(false);
  if (!media.url) return <Missing media={media} src={src} what="sound" />;
  return (
    <div className="flex flex-col gap-1">
      {media.isRemote && !isWanted ? (
        <Button size="sm" className="self-start" onClick={() => setWanted(true)}>
          <Volume2 />
          Load sound from {hostOf(media.url)}
        </Button>
      ) : (
        // biome-ignore lint/a11y/useMediaCaption: what there is of a transcript stands below
        <audio controls preload="metadata" src={media.url} aria-label={media.name || "Sound"} />
      )}
      {transcript && <p className="text-muted-foreground">{transcript}</p>}
    </div>
  );
}

export function FilePart({ src, name }: { src: string; name: string }) {
  const media = useMedia(src);
  if (!media.url)
    return <Missing media={{ ...media, name: name || media.name }} src={src} what="file" />;
  return (
    <a
      href={media.url}
      download={name || media.name}
      target="_blank"
      rel="noopener noreferrer"
      className={buttonClass("outline", "sm")}
    >
      <FileText />
      <span className="max-w-72 truncate">{name || media.name}</span>
    </a>
  );
}

function Missing({ media, src, what }: { media: Media; src: string; what: string }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 text-muted-foreground" title={src}>
      <FileText className="size-3.5 shrink-0" />
      <span className="truncate">
        {media.name || src.slice(0, 80) || what} — the {what} is not here
      </span>
    </span>
  );
}
