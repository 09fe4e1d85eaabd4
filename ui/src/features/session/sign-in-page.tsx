import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { messageOf } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/input";
import { signIn } from "./api/sign-in";

/** Trades an API key for a cookie, then goes back to where one came from. */
export function SignInPage({ to }: { to: string | undefined }) {
  const router = useRouter();
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signIn(key.trim());
      client.clear();
      router.history.push(to ?? "/");
    } catch (thrown) {
      setError(messageOf(thrown));
      setBusy(false);
    }
  };
  return (
    <main className="flex min-h-full items-center justify-center bg-surface p-4">
      <title>Sign in · Sightline</title>
      <form
        onSubmit={submit}
        className="flex w-full max-w-sm flex-col gap-4 rounded-lg border border-border bg-raised p-6 shadow-sm"
      >
        <div className="flex items-center gap-2">
          <img src="/assets/sightline.svg" alt="" className="size-7" />
          <h1 className="text-xl font-semibold">Sign in to Sightline</h1>
        </div>
        <Field
          label="API key"
          help="It begins with opik_. Whoever runs this server makes one with `sightline keys create --workspace default`."
          error={error}
        >
          <Input
            type="password"
            name="key"
            autoComplete="current-password"
            autoFocus
            required
            className="h-9 font-mono"
            value={key}
            aria-invalid={error ? true : undefined}
            onChange={(event) => setKey(event.target.value)}
          />
        </Field>
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="justify-center"
          disabled={busy || !key.trim()}
        >
          Sign in
        </Button>
      </form>
    </main>
  );
}
