/** Small trees for tests, written as lines: `name type start duration` indented by two spaces a level. */

import type { SpanColumns, SpanType, TraceTree } from "@/api/types";

export type SpanSpec = {
  name: string;
  /** Level, 0 for a span that hangs on the trace. */
  level?: number;
  type?: SpanType;
  start?: number;
  duration?: number | null;
  error?: string;
  model?: string;
  tokens?: number;
  cost?: number;
};

export function treeOf(specs: readonly SpanSpec[], duration: number | null = 100): TraceTree {
  const spans: SpanColumns = emptyColumns();
  const stack: number[] = [];
  specs.forEach((spec, i) => {
    const level = spec.level ?? 0;
    stack.length = level;
    spans.count += 1;
    spans.id.push(`span-${i}`);
    spans.parent.push(level === 0 ? -1 : (stack[level - 1] ?? -1));
    spans.name.push(spec.name);
    spans.type.push(spec.type ?? "general");
    spans.start.push(spec.start ?? i);
    spans.duration.push(spec.duration === undefined ? 1 : spec.duration);
    spans.model.push(spec.model ?? "");
    spans.provider.push("");
    spans.tokens.push(spec.tokens ?? null);
    spans.prompt_tokens.push(null);
    spans.completion_tokens.push(null);
    spans.cost.push(spec.cost ?? null);
    spans.error.push(spec.error ?? "");
    spans.scores.push(0);
    spans.comments.push(0);
    spans.tags.push([]);
    spans.ttft.push(null);
    spans.environment.push("");
    stack.push(i);
  });
  return {
    trace: {
      id: "trace",
      project_id: "project",
      project_name: "Project",
      name: "agent",
      start_time: "2026-11-26T10:00:00.000000Z",
      end_time: null,
      duration,
      tags: null,
      thread_id: null,
      environment: null,
      source: null,
      error_info: null,
      error_type: null,
      total_estimated_cost: null,
      usage: null,
      feedback_scores: null,
      comments: 0,
      created_at: "2026-11-26T10:00:00.000000Z",
      created_by: "",
      ttft: null,
      providers: null,
      is_running: duration === null,
    },
    spans,
    orphaned: 0,
    complete: true,
  };
}

/** Reads an outline: two spaces of indent are a level; `name` or `name type`. */
export function outline(text: string): TraceTree {
  const specs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): SpanSpec => {
      const [name = "", type = "general", model = ""] = line.trim().split(/\s+/);
      const level = (line.length - line.trimStart().length) / 2;
      return { name, level, type: type as SpanType, model };
    });
  return treeOf(specs);
}

const emptyColumns = (): SpanColumns => ({
  count: 0,
  id: [],
  parent: [],
  name: [],
  type: [],
  start: [],
  duration: [],
  model: [],
  provider: [],
  tokens: [],
  prompt_tokens: [],
  completion_tokens: [],
  cost: [],
  error: [],
  scores: [],
  comments: [],
  tags: [],
  ttft: [],
  environment: [],
});
