import { createContext, lazy, Suspense, use, useMemo, useState } from "react";
import { LocalDoc } from "@/components/json-view/doc";
import { JsonView } from "@/components/json-view/json-view";
import { Button } from "@/components/ui/button";
import { formatNumber } from "@/lib/format";

const MarkdownText = lazy(() =>
  import("./markdown").then((module) => ({ default: module.MarkdownText })),
);

const FOLD_CHARACTERS = 2400;
const FOLD_LINES = 36;
/** Longer texts are not laid out as Markdown: it takes too long, and nobody formats that much. */
const MOST_MARKDOWN = 60_000;

/** Whether texts are shown as they were written, without Markdown. */
export const PlainText = createContext(false);

/** What somebody said: Markdown, or plain where that is asked for; a long text is folded. */
export function RichText({ text, isOpen = false }: { text: string; isOpen?: boolean }) {
  const isPlain = use(PlainText);
  const [isUnfolded, setUnfolded] = useState(isOpen);
  const isLong = useMemo(() => text.length > FOLD_CHARACTERS || lines(text) > FOLD_LINES, [text]);
  const shown = isLong && !isUnfolded ? text.slice(0, FOLD_CHARACTERS) : text;
  return (
    <div className="min-w-0">
      <div
        className={
          isLong && !isUnfolded
            ? "max-h-80 overflow-hidden [mask-image:linear-gradient(to_bottom,black_70%,transparent)]"
            : undefined
        }
      >
        {shown.length > MOST_MARKDOWN ? (
          <VeryLongText text={shown} />
        ) : isPlain ? (
          <Plain text={shown} />
        ) : (
          <Suspense fallback={<Plain text={shown} />}>
            <MarkdownText text={shown} />
          </Suspense>
        )}
      </div>
      {isLong && (
        <Button
          variant="ghost"
          size="sm"
          className="-ml-2 text-primary"
          aria-expanded={isUnfolded}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          {isUnfolded ? "Show less" : `Show all ${formatNumber(text.length)} characters`}
        </Button>
      )}
    </div>
  );
}

const Plain = ({ text }: { text: string }) => (
  <p className="break-words whitespace-pre-wrap">{text}</p>
);

/** A text of any length: only the lines on screen exist. */
function VeryLongText({ text }: { text: string }) {
  const doc = useMemo(() => new LocalDoc(text), [text]);
  return <JsonView doc={doc} label="Text" field="" />;
}

function lines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0 && count <= FOLD_LINES; at = text.indexOf("\n", at + 1))
    count += 1;
  return count;
}
