import { useMemo, useState } from "react";
import type { Target } from "@/api/annotations";
import type { EntityDetail } from "@/api/types";
import { AnnotatePanel } from "@/components/annotate/annotate-panel";
import { Comments } from "@/components/annotate/comments";
import { MediaProvider } from "@/components/messages/media";
import { normalise } from "@/components/messages/normalise";
import { textParts } from "@/components/messages/shapes/media";
import type { Conversation, Part } from "@/components/messages/types";
import { Tabs } from "@/components/ui/tabs";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useStored } from "@/hooks/use-stored";
import { AttachmentsTab } from "./attachments-tab";
import { DetailHeader } from "./detail-header";
import { DetailsTab } from "./details-tab";
import { ErrorCallout } from "./error-callout";
import { MediaDialog } from "./media-dialog";
import { MessagesTab } from "./messages-tab";
import { ScoresTab } from "./scores-tab";
import { DETAIL_TABS, type DetailActions, type DetailTab, type EntityKind } from "./types";
import { usePayload } from "./use-payload";

/** A trace or span that has been read: head, tabs, and the form to score it. */
export function EntityView({
  kind,
  detail,
  traceId,
  tab: asked,
  onTab,
  ...actions
}: DetailActions & {
  kind: EntityKind;
  detail: EntityDetail;
  traceId: string;
  tab: string | undefined;
  onTab: (tab: DetailTab) => void;
}) {
  const { id, project_id: projectId, payloads } = detail;
  const target = useMemo<Target>(
    () => ({ kind, id, traceId, projectId }),
    [kind, id, traceId, projectId],
  );
  const input = usePayload(kind, id, "input", payloads.input);
  const output = usePayload(kind, id, "output", payloads.output);
  const metadata = usePayload(kind, id, "metadata", payloads.metadata);
  const conversation = useMemo(
    () => worthReading(kind, detail, normalise(input.value, output.value)),
    [kind, detail, input.value, output.value],
  );
  const [isAnnotating, setAnnotating] = useStored("annotating", false);
  const [media, setMedia] = useState<Part | null>(null);
  useHotkeys([
    {
      keys: "a",
      label: "Annotate",
      group: "Annotate",
      run: () => setAnnotating(!isAnnotating),
    },
  ]);

  const scores = detail.feedback_scores ?? [];
  const comments = detail.comments ?? [];
  const { attachments } = detail;
  const spanScores = detail.span_feedback_scores ?? [];
  const isKnown = DETAIL_TABS.some((name) => name === asked);
  const wanted = isKnown ? (asked as DetailTab) : "messages";
  const tab = wanted === "messages" && !conversation ? "details" : wanted;

  const tabs = [
    ...(conversation
      ? [
          {
            value: "messages" as const,
            label: "Messages",
            panel: (
              <MessagesTab
                conversation={conversation}
                input={input}
                output={output}
                isRunning={detail.is_running ?? false}
              />
            ),
          },
        ]
      : []),
    {
      value: "details" as const,
      label: "Details",
      panel: (
        <DetailsTab
          kind={kind}
          detail={detail}
          payloads={[input, output, metadata]}
          mediaOf={(text) => {
            const part = textParts(text)[0];
            const isMedia = part && part.kind !== "text";
            return isMedia ? () => setMedia(part) : undefined;
          }}
          {...actions}
        />
      ),
    },
    {
      value: "scores" as const,
      label: <Counted label="Scores" count={scores.length} />,
      panel: (
        <ScoresTab
          target={target}
          scores={scores}
          spanScores={spanScores}
          onAnnotate={() => setAnnotating(true)}
        />
      ),
    },
    {
      value: "comments" as const,
      label: <Counted label="Comments" count={comments.length} />,
      panel: <Comments target={target} comments={comments} />,
    },
    {
      value: "attachments" as const,
      label: <Counted label="Attachments" count={attachments.length} />,
      panel: <AttachmentsTab attachments={attachments} />,
    },
  ];

  return (
    <MediaProvider attachments={attachments}>
      <div className="@container flex h-full min-h-0 flex-col">
        <div className="flex min-h-0 flex-1 flex-col @3xl:flex-row">
          <div className="order-2 flex min-h-0 min-w-0 flex-1 flex-col @3xl:order-1">
            <DetailHeader
              kind={kind}
              detail={detail}
              target={target}
              isAnnotating={isAnnotating}
              onAnnotate={() => setAnnotating(!isAnnotating)}
              onTab={onTab}
              onFilter={actions.onFilter}
            />
            {detail.error_info && (
              <div className="max-h-[40%] shrink-0 overflow-y-auto">
                <ErrorCallout error={detail.error_info} onFilter={actions.onFilter} />
              </div>
            )}
            <Tabs
              label={`Parts of the ${kind}`}
              value={tab}
              onChange={onTab}
              tabs={tabs}
              className="flex-1"
            />
          </div>
          {isAnnotating && (
            <div className="order-1 flex max-h-[45%] shrink-0 flex-col border-border max-@3xl:border-b @3xl:order-2 @3xl:max-h-none @3xl:w-72 @3xl:border-l">
              <AnnotatePanel target={target} scores={scores} onClose={() => setAnnotating(false)} />
            </div>
          )}
        </div>
        <MediaDialog part={media} onClose={() => setMedia(null)} />
      </div>
    </MediaProvider>
  );
}

/** A tool's `{query}` is no conversation; a trace's question and answer are, and so is every chat. */
function worthReading(
  kind: EntityKind,
  detail: EntityDetail,
  found: Conversation | null,
): Conversation | null {
  if (!found) return null;
  return found.isChat || kind === "trace" || detail.type === "llm" ? found : null;
}

function Counted({ label, count }: { label: string; count: number }) {
  return (
    <>
      {label}
      {count > 0 && <span className="text-sm text-muted-foreground tabular">{count}</span>}
    </>
  );
}
