import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/states";

export function NoMatch({ noun, onAll }: { noun: string; onAll: () => void }) {
  return (
    <EmptyState title={`No ${noun} is called that`}>
      <Button className="mt-2" onClick={onAll}>
        Show all
      </Button>
    </EmptyState>
  );
}
