import type { Target } from "@/api/annotations";
import type { FeedbackScore } from "@/api/types";
import { ScoreName, ScoresTable } from "@/components/annotate/scores-table";
import { formatScore } from "@/lib/format";

/** Scores of the entity; of a trace also the averages over its spans. */
export function ScoresTab({
  target,
  scores,
  spanScores,
  onAnnotate,
}: {
  target: Target;
  scores: readonly FeedbackScore[];
  spanScores: readonly FeedbackScore[];
  onAnnotate: () => void;
}) {
  return (
    <>
      <ScoresTable target={target} scores={scores} onAnnotate={onAnnotate} />
      {spanScores.length > 0 && (
        <section aria-label="Scores of its spans" className="px-4 py-3">
          <h4 className="mb-1 font-medium">Of its spans, on average</h4>
          <table className="w-full max-w-md border-collapse">
            <tbody>
              {spanScores.map((score) => (
                <tr key={score.name} className="border-b border-border last:border-0">
                  <th scope="row" className="py-0.5 text-left font-normal">
                    <ScoreName name={score.name} />
                  </th>
                  <td className="py-0.5 text-right tabular">{formatScore(score.value)}</td>
                  <td className="w-32 py-0.5 pl-3 text-right text-muted-foreground tabular">
                    {countOf(score)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

function countOf(score: FeedbackScore): string {
  const count = Object.keys(score.value_by_author ?? {}).length;
  return count === 1 ? "1 score" : `${count} scores`;
}
