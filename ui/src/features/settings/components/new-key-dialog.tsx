import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import { sessionQuery } from "@/api/queries/session";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog, DialogButtons } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { createKey, keysQuery, type Role } from "../api/keys";

const ROLES: { value: Role; label: string }[] = [
  { value: "write", label: "Write: log, read and annotate" },
  { value: "read", label: "Read only" },
  { value: "admin", label: "Admin: also keys and preferences" },
];
const EXPIRIES = [
  { value: "0", label: "Never" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

/** Makes a key and shows it once. The first key of an open server closes it, which is said before. */
export function NewKeyDialog({ first, onClose }: { first: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery());
  const [name, setName] = useState("");
  const [chosen, setRole] = useState<Role>("write");
  const [expires, setExpires] = useState("0");
  const [made, setMade] = useState<string>();
  const [error, setError] = useState<string>();
  const closesServer = first && session?.keys_required === false;
  const role = closesServer ? "admin" : chosen;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const answer = await createKey({
        name: name.trim(),
        role,
        expires_in_days: Number(expires) || undefined,
      });
      setMade(answer.key);
      await client.invalidateQueries({ queryKey: sessionQuery().queryKey });
      await client.invalidateQueries({ queryKey: keysQuery().queryKey });
    } catch (thrown) {
      setError(messageOf(thrown));
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={made ? "The new key" : "New API key"}
    >
      {made ? (
        <>
          <p className="mb-2">Copy it now. It is kept as a hash and cannot be shown again.</p>
          <CodeBlock code={made} label="API key" />
          {closesServer && (
            <p className="mt-3 text-muted-foreground">
              From now on this server asks for a key everywhere. You are signed in with this one.
            </p>
          )}
          <DialogButtons>
            <Button variant="primary" onClick={onClose}>
              Done
            </Button>
          </DialogButtons>
        </>
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-3">
          {closesServer && (
            <p className="rounded-md bg-warning-soft p-2 text-warning">
              This is the first key. With it the server stops being open: every client then needs a
              key.
            </p>
          )}
          <Field label="Name" help="Whose requests these are, such as “ci” or “ana”." error={error}>
            <Input
              value={name}
              onChange={(event) => setName(event.target.value)}
              required
              autoFocus
              maxLength={100}
            />
          </Field>
          <div className="flex flex-col gap-1">
            <span className="font-medium">May</span>
            <Select
              label="Role"
              value={role}
              options={closesServer ? ROLES.filter((r) => r.value === "admin") : ROLES}
              onChange={setRole}
            />
          </div>
          <div className="flex flex-col gap-1">
            <span className="font-medium">Ends</span>
            <Select label="Expiry" value={expires} options={EXPIRIES} onChange={setExpires} />
          </div>
          <DialogButtons>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" disabled={!name.trim()}>
              Create key
            </Button>
          </DialogButtons>
        </form>
      )}
    </Dialog>
  );
}
