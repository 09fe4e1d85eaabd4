import { useSyncExternalStore } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { allHotkeys, type Hotkey, subscribe } from "@/lib/hotkeys";

/** All keys that do something here, as the pages have registered them. */
export function KeysDialog({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const keys = useSyncExternalStore(subscribe, allHotkeys);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Keys"
      description="What they do on this page and everywhere."
      className="w-[min(46rem,calc(100vw-2rem))]"
    >
      <div className="gap-8 sm:columns-2">
        {groups(keys).map(([group, list]) => (
          <section key={group} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 font-semibold">{group}</h3>
            <dl>
              {list.map((key) => (
                <div
                  key={key.keys}
                  className="flex items-center justify-between gap-4 border-b border-border py-1"
                >
                  <dt className="text-muted-foreground">{key.label}</dt>
                  <dd>
                    <Kbd keys={key.keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** By group, each key once: of two that match, the later one is what happens. */
function groups(keys: readonly Hotkey[]): [string, Hotkey[]][] {
  const latest = new Map(keys.map((key) => [key.keys, key]));
  const found = new Map<string, Hotkey[]>();
  for (const key of latest.values()) {
    found.set(key.group, [...(found.get(key.group) ?? []), key]);
  }
  return [...found].sort(([a], [b]) => Number(a === "Everywhere") - Number(b === "Everywhere"));
}
