import { useQueryClient } from "@tanstack/react-query";
import { Star, Trash2 } from "lucide-react";
import { Fragment } from "react";
import { deleteScore, putScore, refreshTarget, type Target } from "@/api/annotations";
import { messageOf } from "@/api/errors";
import type { FeedbackScore } from "@/api/types";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";
import { formatAgo, formatScore, formatTime } from "@/lib/format";
import { colorOf } from "@/lib/name-color";
import { toast } from "@/lib/toast";
import { sourceLabel } from "./score-chips";
import { type Given, givenBy } from "./scores";
import { useAuthor } from "./use-author";

const HEAD = "h-7 px-2 text-left font-normal text-muted-foreground whitespace-nowrap first:pl-4";
const CELL = "px-2 py-1 align-top first:pl-4";

/** All scores, each author's by itself; where several gave one, their average stands above. */
export function ScoresTable({
  target,
  scores,
  onAnnotate,
}: {
  target: Target;
  scores: readonly FeedbackScore[];
  onAnnotate?: (() => void) | undefined;
}) {
  if (scores.length === 0)
    return (
      <EmptyState icon={<Star />} title="No feedback scores">
        {onAnnotate && <Button onClick={onAnnotate}>Annotate</Button>}
      </EmptyState>
    );
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[36rem] border-collapse">
        <thead>
          <tr className="border-b border-border">
            <th className={HEAD}>Name</th>
            <th className={`${HEAD} text-right`}>Value</th>
            <th className={HEAD}>Reason</th>
            <th className={HEAD}>Source</th>
            <th className={HEAD}>Author</th>
            <th className={HEAD}>Time</th>
            <th className={HEAD}>
              <span className="sr-only">Delete</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {scores.map((score) => {
            const given = givenBy(score);
            return (
              <Fragment key={score.name}>
                {given.length > 1 && (
                  <tr className="border-b border-border">
                    <td className={CELL}>
                      <ScoreName name={score.name} />
                    </td>
                    <td className={`${CELL} text-right font-medium tabular`}>
                      {formatScore(score.value)}
                    </td>
                    <td className={`${CELL} text-muted-foreground`} colSpan={5}>
                      average of {given.length} authors
                    </td>
                  </tr>
                )}
                {given.map((one) => (
                  <GivenRow
                    key={one.author}
                    target={target}
                    name={score.name}
                    given={one}
                    isPart={given.length > 1}
                  />
                ))}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function ScoreName({ name }: { name: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden
        className="size-2 shrink-0 rounded-[2px]"
        style={{ background: colorOf(name) }}
      />
      {name}
    </span>
  );
}

function GivenRow({
  target,
  name,
  given,
  isPart,
}: {
  target: Target;
  name: string;
  given: Given;
  isPart: boolean;
}) {
  const client = useQueryClient();
  const { canWrite } = useAuthor();
  const remove = async () => {
    try {
      await deleteScore(target, name, given.author);
      await refreshTarget(client, target);
      toast(`Deleted the score ${name}`, { action: { label: "Undo", run: () => void restore() } });
    } catch (thrown) {
      toast(`The score was not deleted. ${messageOf(thrown)}`, { tone: "danger" });
    }
  };
  const restore = async () => {
    try {
      await putScore(target, {
        name,
        value: given.value,
        author: given.author,
        source: given.source || undefined,
        category_name: given.category || undefined,
        reason: given.reason || undefined,
      });
      await refreshTarget(client, target);
    } catch (thrown) {
      toast(`The score did not come back. ${messageOf(thrown)}`, { tone: "danger" });
    }
  };
  return (
    <tr className="group/score border-b border-border">
      <td className={CELL}>
        {isPart ? <span className="sr-only">{name}</span> : <ScoreName name={name} />}
      </td>
      <td className={`${CELL} text-right whitespace-nowrap tabular`}>
        {formatScore(given.value)}
        {given.category && <span className="text-muted-foreground"> {given.category}</span>}
      </td>
      <td className={`${CELL} max-w-[28rem] min-w-40 break-words`}>{given.reason}</td>
      <td className={`${CELL} whitespace-nowrap text-muted-foreground`}>
        {sourceLabel(given.source)}
      </td>
      <td className={`${CELL} whitespace-nowrap`}>{given.author}</td>
      <td
        className={`${CELL} whitespace-nowrap text-muted-foreground`}
        title={formatTime(given.at)}
      >
        {formatAgo(given.at)}
      </td>
      <td className={`${CELL} w-8 py-0.5`}>
        {canWrite && (
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Delete the score ${name} of ${given.author}`}
            onClick={() => void remove()}
            className="opacity-60 group-hover/score:opacity-100 focus-visible:opacity-100"
          >
            <Trash2 />
          </Button>
        )}
      </td>
    </tr>
  );
}
