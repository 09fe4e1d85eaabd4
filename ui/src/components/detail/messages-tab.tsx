import { useEffect } from "react";
import { ConversationView } from "@/components/messages/conversation-view";
import type { Conversation } from "@/components/messages/types";
import { PayloadNote } from "./payload-note";
import { HERE, type PayloadView } from "./use-payload";

/** What was said. A payload that was cut is fetched whole while that is cheap: the newest stands last. */
export function MessagesTab({
  conversation,
  input,
  output,
  isRunning,
}: {
  conversation: Conversation;
  input: PayloadView;
  output: PayloadView;
  isRunning: boolean;
}) {
  useWhole(input);
  useWhole(output);
  return (
    <>
      <CutNote payload={input} what="input" />
      <ConversationView conversation={conversation} isRunning={isRunning} />
      <CutNote payload={output} what="output" />
    </>
  );
}

function useWhole({ isCut, size, load, loadAll }: PayloadView): void {
  const isCheap = isCut && size <= HERE && load.state === "idle";
  // biome-ignore lint/correctness/useExhaustiveDependencies: loadAll is new on each render and the same in effect
  useEffect(() => {
    if (isCheap) loadAll();
  }, [isCheap]);
}

function CutNote({ payload, what }: { payload: PayloadView; what: string }) {
  if (payload.size <= HERE) return <PayloadNote payload={payload} what={what} />;
  if (!payload.isCut && !payload.isLarge) return null;
  return (
    <p className="bg-surface px-4 py-1.5 text-sm text-muted-foreground">
      Only the beginning of the {what} is read as messages: it is very long. Details has all of it.
    </p>
  );
}
