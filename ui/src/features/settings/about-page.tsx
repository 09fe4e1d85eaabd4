import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { formatAgo, formatBytes, formatNumber, formatTime } from "@/lib/format";
import { aboutQuery } from "./api/about";
import { Loaded } from "./components/loaded";
import { Section } from "./components/section";

export function AboutPage() {
  const about = useQuery(aboutQuery());
  return (
    <Section
      title="About"
      description="What runs here, where its data is and how much of it there is."
    >
      <Loaded query={about}>
        {(found) => {
          const { analytics, catalog, blobs } = found.stores;
          return (
            <div className="flex flex-col gap-6">
              <Facts title="Server">
                <Fact name="Health">
                  <Badge tone={found.health === "ok" ? "success" : "danger"}>{found.health}</Badge>
                </Fact>
                <Fact name="Version">{found.version}</Fact>
                <Fact name="Python">{found.python}</Fact>
                <Fact name="Up since">
                  {formatTime(found.started_at)} ({formatAgo(found.started_at)})
                </Fact>
                <Fact name="Data folder">
                  <code className="text-sm break-all">{found.data_folder}</code>
                </Fact>
                <Fact name="Memory">
                  {formatBytes(found.memory.rss_bytes)}, the engine at most{" "}
                  {formatBytes(found.memory.engine_cap_bytes)}
                </Fact>
              </Facts>
              <Facts title="Analytics store">
                <Fact name="Engine">
                  {analytics.kind} {analytics.version}
                </Fact>
                <Fact name="On disk">{formatBytes(analytics.bytes)}</Fact>
                <Fact name="Parts">{formatNumber(analytics.parts)}</Fact>
                {Object.entries(analytics.rows).map(([table, rows]) => (
                  <Fact key={table} name={`Rows of ${table.replaceAll("_", " ")}`}>
                    {formatNumber(rows)}
                  </Fact>
                ))}
              </Facts>
              <Facts title="Catalog and attachments">
                <Fact name="Catalog">
                  {catalog.kind}
                  {catalog.bytes !== null && `, ${formatBytes(catalog.bytes)}`}
                </Fact>
                <Fact name="Attachments">
                  {blobs.kind}
                  {blobs.bytes !== undefined &&
                    blobs.bytes !== null &&
                    `, ${formatBytes(blobs.bytes)}`}
                </Fact>
              </Facts>
            </div>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl>{children}</dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-4 border-b border-border py-1.5">
      <dt className="w-44 shrink-0 text-muted-foreground max-sm:w-32">{name}</dt>
      <dd className="min-w-0 tabular">{children}</dd>
    </div>
  );
}
