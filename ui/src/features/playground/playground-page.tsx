import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Columns2, Eraser, Play, Square, X } from "lucide-react";
import { useRef, useState } from "react";
import { sessionQuery } from "@/api/queries/session";
import { Page } from "@/components/layout/page";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { useHotkeys } from "@/hooks/use-hotkeys";
import { useSession } from "@/hooks/use-session";
import { cn } from "@/lib/cn";
import { AnswerCard } from "./components/answer-card";
import { CodeMenu } from "./components/code-menu";
import { HistoryPopover } from "./components/history-popover";
import { MessagesEditor } from "./components/messages-editor";
import { ModelPicker } from "./components/model-picker";
import { Parameters } from "./components/parameters";
import { useRun } from "./hooks/use-run";
import { continued, type Message, START } from "./lib/conversation";
import { keepHistory, type Run, readHistory, withRun } from "./lib/history";
import { bodyOf, type Extras, problemsOf } from "./lib/request";
import { ECHO, type PlaygroundSearch } from "./lib/search";

const NO_EXTRAS: Extras = { tools: "", schema: "" };

/** Trying out models: what is said, how they are asked, what they answer and what that costs. */
export function PlaygroundPage({
  search,
  onGo,
}: {
  search: PlaygroundSearch;
  onGo: (search: PlaygroundSearch) => void;
}) {
  const { data: session } = useQuery(sessionQuery());
  const [messages, setMessages] = useSession<Message[]>("playground-messages", START);
  const [extras, setExtras] = useSession<Extras>("playground-extras", NO_EXTRAS);
  const [history, setHistory] = useState(readHistory);
  const { answers, isRunning, run, stop, show } = useRun([]);
  const [isTried, setTried] = useState(false);
  const [showsParameters, setShowsParameters] = useState(false);
  const answersAt = useRef<HTMLElement>(null);
  const model = search.model ?? ECHO;
  const models = search.vs ? [model, search.vs] : [model];
  const problems = problemsOf(search, messages, extras);
  const canSend = Object.keys(problems).length === 0;

  const remember = (entry: Run) =>
    setHistory((now) => {
      const next = withRun(now, entry);
      keepHistory(next);
      return next;
    });
  const send = async () => {
    setTried(true);
    if (isRunning || !canSend) return;
    setTried(false);
    const at = new Date().toISOString();
    setTimeout(() => answersAt.current?.scrollIntoView({ block: "nearest" }));
    const said = await run(models.map((one) => bodyOf(one, search, messages, extras)));
    remember({ key: at, at, search, messages, extras, answers: said });
  };
  const pick = (entry: Run) => {
    setMessages(entry.messages);
    setExtras(entry.extras);
    show(entry.answers);
    onGo(entry.search);
  };
  const clear = () => {
    setMessages(START);
    show([]);
  };
  const group = "Playground";
  useHotkeys([
    { keys: "mod+enter", label: "Send", group, run: () => void send(), whileTyping: true },
    { keys: "mod+.", label: "Stop", group, run: stop, whileTyping: true },
  ]);
  return (
    <Page
      title="Playground"
      actions={
        <>
          <HistoryPopover
            history={history}
            onPick={pick}
            onClear={() => {
              keepHistory([]);
              setHistory([]);
            }}
          />
          <CodeMenu
            body={() => bodyOf(model, search, messages, extras)}
            needsKey={session?.keys_required ?? false}
          />
          <Button onClick={clear} aria-label="Clear the conversation">
            <Eraser /> <span className="max-sm:sr-only">Clear</span>
          </Button>
        </>
      }
    >
      <div className="flex h-full max-lg:flex-col max-lg:overflow-y-auto">
        <div className="flex min-w-0 flex-1 flex-col lg:overflow-y-auto">
          <div className="flex flex-wrap items-center gap-2 border-b border-border px-3 py-2">
            <ModelPicker
              label="Model"
              model={model}
              onChange={(next) => onGo({ ...search, model: next })}
            />
            {search.vs ? (
              <span className="flex min-w-0 items-center gap-1">
                <span className="px-1 text-muted-foreground">beside</span>
                <ModelPicker
                  label="Second model"
                  model={search.vs}
                  onChange={(vs) => onGo({ ...search, vs })}
                />
                <Button
                  variant="ghost"
                  size="icon-sm"
                  aria-label="Compare no longer"
                  onClick={() => onGo({ ...search, vs: undefined })}
                >
                  <X />
                </Button>
              </span>
            ) : (
              <Button variant="ghost" onClick={() => onGo({ ...search, vs: model })}>
                <Columns2 /> Compare
              </Button>
            )}
            <button
              type="button"
              aria-expanded={showsParameters}
              aria-controls="playground-parameters"
              onClick={() => setShowsParameters(!showsParameters)}
              className="ml-auto flex h-7 items-center gap-1 text-muted-foreground hover:text-foreground lg:hidden"
            >
              Parameters
              <ChevronRight
                aria-hidden
                className={cn("size-3.5 transition-transform", showsParameters && "rotate-90")}
              />
            </button>
          </div>
          <MessagesEditor messages={messages} onChange={setMessages} />
          <div className="sticky bottom-0 z-10 flex flex-wrap items-center gap-2 border-y border-border bg-background px-3 py-2 lg:top-0">
            {isRunning ? (
              <Button variant="danger" onClick={stop}>
                <Square /> Stop
              </Button>
            ) : (
              <Button variant="primary" onClick={() => void send()}>
                <Play /> Send
              </Button>
            )}
            <span className="max-sm:hidden">
              <Kbd keys="mod+enter" />
            </span>
            {isTried && !canSend && (
              <p role="alert" className="text-danger">
                {problems.messages ?? "Mend the parameters first"}
              </p>
            )}
            <p role="status" className="sr-only">
              {isRunning ? "Answering" : answers.length > 0 ? "The answer is complete" : ""}
            </p>
          </div>
          <section
            ref={answersAt}
            aria-label="Answers"
            className={cn(
              "grid grid-cols-1",
              answers.length > 1 &&
                "md:grid-cols-2 md:divide-x md:divide-border max-md:divide-y max-md:divide-border",
            )}
          >
            {answers.map((answer, i) => (
              <AnswerCard
                // biome-ignore lint/suspicious/noArrayIndexKey: two may be of the same model
                key={i}
                answer={answer}
                onContinue={() => {
                  setMessages(continued(messages, answer));
                  show([]);
                }}
              />
            ))}
          </section>
          {answers.length === 0 && (
            <p className="px-3 py-6 text-center text-muted-foreground">
              The answer comes here, with its tokens, cost and trace.
            </p>
          )}
        </div>
        <aside
          id="playground-parameters"
          aria-label="How models are asked"
          className={cn(
            "shrink-0 border-border lg:w-76 lg:overflow-y-auto lg:border-l",
            "max-lg:order-first max-lg:border-b",
            !showsParameters && "max-lg:hidden",
          )}
        >
          <Parameters
            search={search}
            extras={extras}
            problems={problems}
            onSearch={(part) => onGo({ ...search, ...part })}
            onExtras={(part) => setExtras({ ...extras, ...part })}
          />
        </aside>
      </div>
    </Page>
  );
}
