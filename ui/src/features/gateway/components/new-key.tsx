import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog, DialogButtons } from "@/components/ui/dialog";

/** A key that was made, shown this once, and a call to try it with. */
export function NewKey({
  apiKey,
  models,
  onClose,
}: {
  apiKey: string;
  /** What it may call, if not everything. */
  models: readonly string[] | null;
  onClose: () => void;
}) {
  const model = models?.find((name) => !name.includes("*")) ?? "sightline/echo";
  const curl = `curl ${window.location.origin}/api/v1/chat/completions \\
  -H 'Authorization: Bearer ${apiKey}' \\
  -H 'Content-Type: application/json' \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "hi"}]}'`;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="The new key"
      className="w-[min(44rem,calc(100vw-2rem))]"
      description="Copy it now. It is kept as a hash and cannot be shown again."
    >
      <div className="flex min-w-0 flex-col gap-3">
        <CodeBlock code={apiKey} label="API key" />
        <div>
          <p className="mb-1 text-muted-foreground">Try it:</p>
          <CodeBlock code={curl} label="A call with the key" />
        </div>
      </div>
      <DialogButtons>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogButtons>
    </Dialog>
  );
}
