import { useQuery, useQueryClient } from "@tanstack/react-query";
import { messageOf } from "@/api/errors";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { formatTime } from "@/lib/format";
import { toast } from "@/lib/toast";
import { updatePreset, versionsQuery } from "../api/presets";
import type { Preset, PresetVersion } from "../api/types";
import { Loaded } from "./list";

/** All versions, newest first: to look at in the form, or to have calls use again. */
export function VersionList({
  preset,
  onTake,
}: {
  preset: Preset;
  onTake: (version: PresetVersion) => void;
}) {
  const client = useQueryClient();
  const versions = useQuery(versionsQuery(preset.slug));
  const used = preset.designated_version?.version;
  const designate = async (version: number) => {
    try {
      await updatePreset(preset.slug, { designated_version: version });
      toast(`Calls use version ${version} now.`);
    } catch (thrown) {
      toast(messageOf(thrown), { tone: "danger" });
    }
    await client.invalidateQueries({ queryKey: ["gateway", "preset", preset.slug] });
  };
  return (
    <Loaded query={versions}>
      {({ content }) => (
        <ol className="m-0 list-none rounded-md border border-border p-0">
          {content.map((one) => (
            <li
              key={one.id}
              className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-border px-2 py-1.5 last:border-b-0"
            >
              <span className="w-8 shrink-0 font-medium tabular">v{one.version}</span>
              {one.version === used && <Badge tone="success">in use</Badge>}
              <span
                className="min-w-0 flex-1 truncate text-muted-foreground"
                title={one.system_prompt ?? ""}
              >
                {[one.config.model, one.system_prompt].filter(Boolean).join(" · ") || "empty"}
              </span>
              <span className="text-sm text-muted-foreground tabular">
                {formatTime(one.created_at).slice(0, 16)}
              </span>
              <Button
                size="sm"
                aria-label={`Show version ${one.version} in the form`}
                onClick={() => onTake(one)}
              >
                Show
              </Button>
              {one.version !== used && (
                <Button
                  size="sm"
                  aria-label={`Use version ${one.version}`}
                  onClick={() => void designate(one.version)}
                >
                  Use
                </Button>
              )}
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}
