import { Dialog } from "radix-ui";
import type { EntityType } from "@/api/types";
import { FacetSidebar } from "@/components/explore/facet-sidebar";
import type { SliceSearch } from "@/lib/slice";

/** The values beside the table; on a narrow screen a sheet over it. */
export function FacetsPane({
  isOpen,
  isSheetOpen,
  onSheet,
  ...rest
}: {
  projectId: string;
  entity: EntityType;
  search: SliceSearch;
  onChange: (patch: Partial<SliceSearch>) => void;
  isOpen: boolean;
  isSheetOpen: boolean;
  onSheet: (open: boolean) => void;
}) {
  return (
    <>
      {isOpen && (
        <div className="shrink-0 max-lg:hidden">
          <FacetSidebar {...rest} />
        </div>
      )}
      <Dialog.Root open={isSheetOpen} onOpenChange={onSheet}>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col bg-background shadow-xl outline-none"
          >
            <Dialog.Title className="border-b border-border px-3 py-2 font-medium">
              Values
            </Dialog.Title>
            <div className="min-h-0 flex-1">
              <FacetSidebar {...rest} />
            </div>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}
