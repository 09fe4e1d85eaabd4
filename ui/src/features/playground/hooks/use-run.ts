import { useEffect, useRef, useState } from "react";
import { ApiError, messageOf } from "@/api/errors";
import { askModel } from "../api/chat";
import { type Answer, asked, ended, type Failure, isOver, withEvent } from "../lib/answer";
import type { Body } from "../lib/request";

/** A stream may bring hundreds of pieces a second; nobody reads faster than this. */
const DRAW_MS = 60;

/** Asks one or more models at once, and holds their answers as they come in. */
export function useRun(first: Answer[]): {
  answers: Answer[];
  isRunning: boolean;
  /** Resolves when all are over. */
  run: (bodies: readonly Body[]) => Promise<Answer[]>;
  stop: () => void;
  show: (answers: Answer[]) => void;
} {
  const [answers, setAnswers] = useState(first);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const run = async (bodies: readonly Body[]) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    const latest = bodies.map((body) => asked(String(body.model)));
    setAnswers([...latest]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (running.current === abort) setAnswers([...latest]);
      }, DRAW_MS);
    };
    await Promise.all(
      bodies.map((body, i) =>
        ask(body, abort.signal, (answer) => {
          latest[i] = answer;
          draw();
        }),
      ),
    );
    clearTimeout(timer);
    if (running.current === abort) setAnswers([...latest]);
    return latest;
  };
  return {
    answers,
    isRunning: answers.some((answer) => !isOver(answer)),
    run,
    stop: () => running.current?.abort(),
    show: (next) => {
      running.current?.abort();
      running.current = undefined;
      setAnswers(next);
    },
  };
}

async function ask(
  body: Body,
  signal: AbortSignal,
  onAnswer: (answer: Answer) => void,
): Promise<void> {
  const begun = performance.now();
  const since = () => performance.now() - begun;
  let answer = asked(String(body.model));
  const tell = (next: Answer) => {
    answer = next;
    onAnswer(next);
  };
  try {
    const { headers, events } = await askModel(body, signal);
    const id = headers.get("X-Generation-Id");
    if (id) tell({ ...answer, id });
    for await (const data of events) tell(withEvent(answer, data, since()));
    tell(ended(answer, "done", since()));
  } catch (thrown) {
    if (signal.aborted) tell(ended(answer, "stopped", since()));
    else tell(ended(failed(answer, thrown), "failed", since()));
  }
}

function failed(answer: Answer, thrown: unknown): Answer {
  const failure: Failure = { message: messageOf(thrown) };
  if (!(thrown instanceof ApiError)) return { ...answer, failure };
  failure.status = thrown.status;
  const error = thrown.body.error as { metadata?: { provider_name?: string } } | undefined;
  if (error?.metadata?.provider_name) failure.provider = error.metadata.provider_name;
  return {
    ...answer,
    failure,
    ...(thrown.generationId ? { id: thrown.generationId } : {}),
  };
}
