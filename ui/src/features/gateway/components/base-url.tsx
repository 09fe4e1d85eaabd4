import { CopyButton } from "@/components/ui/copy-button";

/** The address that OpenAI's and OpenRouter's clients are given. */
export function BaseUrl({ url }: { url: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1 text-muted-foreground max-lg:hidden">
      Base URL
      <code className="min-w-0 truncate rounded-sm bg-muted px-1.5 font-mono text-sm text-foreground">
        {url}
      </code>
      <CopyButton text={url} label="Copy the base URL" />
    </span>
  );
}
