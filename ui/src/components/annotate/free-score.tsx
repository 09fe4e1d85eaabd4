import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { putScore, refreshTarget, type Target } from "@/api/annotations";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";

/** A score under a name that no definition has. */
export function FreeScore({ target }: { target: Target }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [state, setState] = useState<{ busy: boolean; error: string }>({ busy: false, error: "" });
  const isReady = name.trim() !== "" && value.trim() !== "" && Number.isFinite(Number(value));

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    setState({ busy: true, error: "" });
    try {
      await putScore(target, { name: name.trim(), value: Number(value) });
      setName("");
      setValue("");
      await refreshTarget(client, target);
      setState({ busy: false, error: "" });
    } catch (thrown) {
      setState({ busy: false, error: messageOf(thrown) });
    }
  };

  return (
    <form aria-label="Another score" onSubmit={submit} className="flex flex-col gap-1 py-2">
      <div className="flex gap-1">
        <Input
          aria-label="Name of the score"
          placeholder="Another score"
          maxLength={150}
          value={name}
          onChange={(event) => setName(event.target.value)}
          className="h-6 min-w-0 flex-1"
        />
        <Input
          type="number"
          step="any"
          aria-label="Value of the score"
          placeholder="0"
          value={value}
          onChange={(event) => setValue(event.target.value)}
          className="h-6 w-20 tabular"
        />
        <Button
          type="submit"
          size="icon-sm"
          aria-label="Add the score"
          disabled={!isReady || state.busy}
        >
          <Plus />
        </Button>
      </div>
      {state.error && (
        <p role="alert" className="text-sm text-danger">
          {state.error}
        </p>
      )}
    </form>
  );
}
