import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CopyButton } from "@/components/ui/copy-button";
import { ImagePart } from "./media-parts";

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-primary underline underline-offset-2"
      >
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ src, alt }) =>
    typeof src === "string" && src ? <ImagePart src={src} alt={alt ?? ""} /> : null,
  pre: ({ children, node }) => {
    const code = node?.children[0];
    const text =
      code?.type === "element"
        ? code.children.map((c) => (c.type === "text" ? c.value : "")).join("")
        : "";
    return (
      <div className="group/code relative">
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll by keyboard too
          tabIndex={0}
          className="overflow-x-auto rounded-md border border-border bg-surface px-3 py-2 font-mono text-sm whitespace-pre"
        >
          {children}
        </pre>
        <CopyButton
          text={text}
          label="Copy the code"
          className="absolute top-1 right-1 bg-raised opacity-0 group-hover/code:opacity-100 focus-visible:opacity-100"
        />
      </div>
    );
  },
  table: ({ children }) => (
    <div className="overflow-x-auto">
      <table>{children}</table>
    </div>
  ),
  input: ({ checked }) => <span aria-hidden>{checked ? "☑ " : "☐ "}</span>,
};

/** Links lead to pages and addresses of mail; pictures may also be inline. All else is no address. */
function safeUrl(url: string, key: string): string {
  if (key === "src") return /^(?:https:|data:image\/)/i.test(url) ? url : "";
  return /^(?:https?:|mailto:|#)/i.test(url) ? url : "";
}

/** Markdown of a model or a person: HTML in it is shown as text, never run. */
export function MarkdownText({ text }: { text: string }) {
  return (
    <div className="flex flex-col gap-2 break-words [&_blockquote]:border-l-2 [&_blockquote]:border-border-strong [&_blockquote]:pl-3 [&_blockquote]:text-muted-foreground [&_h1]:text-lg [&_h1]:font-semibold [&_h2]:text-lg [&_h2]:font-semibold [&_h3]:font-semibold [&_h4]:font-semibold [&_hr]:border-border [&_li]:my-0.5 [&_ol]:list-decimal [&_ol]:pl-6 [&_p]:whitespace-pre-wrap [&_td]:border [&_td]:border-border [&_td]:px-2 [&_td]:py-0.5 [&_th]:border [&_th]:border-border [&_th]:bg-surface [&_th]:px-2 [&_th]:py-0.5 [&_th]:text-left [&_th]:font-medium [&_ul]:list-disc [&_ul]:pl-6 [&_:not(pre)>code]:rounded-sm [&_:not(pre)>code]:bg-muted [&_:not(pre)>code]:px-1 [&_:not(pre)>code]:font-mono [&_:not(pre)>code]:text-sm">
      <Markdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={safeUrl}>
        {text}
      </Markdown>
    </div>
  );
}
