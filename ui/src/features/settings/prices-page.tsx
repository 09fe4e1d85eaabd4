import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { EmptyState } from "@/components/ui/states";
import { formatNumber, MISSING } from "@/lib/format";
import { PAGE_SIZE, type Price, pricesQuery } from "./api/prices";
import { Loaded } from "./components/loaded";
import { Section } from "./components/section";
import { SimpleTable } from "./components/simple-table";

type Search = { q?: string | undefined; page?: number | undefined };

export function PricesPage({
  search,
  onChange,
}: {
  search: Search;
  onChange: (patch: Search) => void;
}) {
  const page = search.page ?? 1;
  const prices = useQuery(pricesQuery(search.q, page));
  return (
    <Section
      title="Model prices"
      description="What a call costs when its client does not say, in USD per million tokens. A model that is not listed has no cost, never zero."
      action={
        <Input
          type="search"
          aria-label="Search models"
          placeholder="Search models"
          className="w-56"
          value={search.q ?? ""}
          onChange={(event) => onChange({ q: event.target.value || undefined, page: undefined })}
        />
      }
    >
      <Loaded query={prices}>
        {(data) =>
          data.content.length === 0 ? (
            <EmptyState title="No model is called that" />
          ) : (
            <>
              <SimpleTable
                label="Model prices"
                rows={data.content}
                keyOf={(row) => `${row.provider}/${row.model}`}
                columns={[
                  { label: "Model", show: (row) => <code className="text-sm">{row.model}</code> },
                  { label: "Provider", show: (row) => row.provider },
                  ...PRICES.map(([label, name]) => ({
                    label,
                    end: true,
                    show: (row: Price) => formatPrice(row[name]),
                  })),
                ]}
              />
              <div className="flex items-center justify-end gap-2">
                <span className="text-muted-foreground tabular">
                  {formatNumber((page - 1) * PAGE_SIZE + 1)}–
                  {formatNumber(Math.min(page * PAGE_SIZE, data.total))} of{" "}
                  {formatNumber(data.total)}
                </span>
                <Button disabled={page <= 1} onClick={() => onChange({ page: page - 1 })}>
                  Previous
                </Button>
                <Button
                  disabled={page * PAGE_SIZE >= data.total}
                  onClick={() => onChange({ page: page + 1 })}
                >
                  Next
                </Button>
              </div>
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

const PRICES = [
  ["Input", "input"],
  ["Output", "output"],
  ["Cache read", "cache_read"],
  ["Cache write", "cache_write"],
] as const;

const formatPrice = (usd: number | null | undefined): string =>
  usd === null || usd === undefined ? MISSING : `$${Number(usd.toPrecision(4))}`;
