import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { memo } from "react";
import type { EntityType } from "@/api/types";
import { FacetSidebar } from "@/components/explore/facet-sidebar";
import { Button } from "@/components/ui/button";
import type { SliceSearch } from "@/lib/slice";

/** The values beside the table; on a narrow screen a sheet over it. */
export const FacetsPane = memo(function FacetsPane({
  isReady,
  isOpen,
  isSheetOpen,
  onSheet,
  ...rest
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
  /** Values are asked for after the rows. */
  isReady: boolean;
  isOpen: boolean;
  isSheetOpen: boolean;
  onSheet: (open: boolean) => void;
}) {
  return (
    <>
      {isOpen && (
        <div className="shrink-0 max-lg:hidden">
          {isReady ? (
            <FacetSidebar {...rest} />
          ) : (
            <div className="h-full w-60 border-r border-border" />
          )}
        </div>
      )}
      <Dialog.Root open={isSheetOpen} onOpenChange={onSheet}>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-60 flex-col bg-background shadow-xl outline-none"
          >
            <div className="flex items-center justify-between border-b border-border py-1.5 pr-1.5 pl-3">
              <Dialog.Title className="font-medium">Values</Dialog.Title>
              <Dialog.Close asChild>
                <Button variant="ghost" size="icon-sm" aria-label="Close">
                  <X />
                </Button>
              </Dialog.Close>
            </div>
            <div className="min-h-0 flex-1">
              <FacetSidebar {...rest} />
            </div>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
});
