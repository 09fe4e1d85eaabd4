import { formatCost } from "@/lib/format";

const MILLION = 1_000_000;

/** `$0.15 / $0.60` per million tokens in and out; nothing where nobody knows it. */
export function priceWords({ prompt, completion }: { prompt: string; completion: string }): string {
  if (prompt === "-1" || completion === "-1") return "";
  if (Number(prompt) === 0 && Number(completion) === 0) return "free";
  const words = (price: string) => formatCost(Number((Number(price) * MILLION).toPrecision(12)));
  return `${words(prompt)} / ${words(completion)}`;
}
