import { lazy, Suspense } from "react";
import { cn } from "@/lib/cn";

const Editor = lazy(() => import("./editor").then((module) => ({ default: module.Editor })));

export type JsonEditorProps = {
  text: string;
  label: string;
  onChange: (text: string) => void;
  id?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
  className?: string;
  placeholder?: string;
};

/** A field for JSON: colours, brackets, line numbers. What is wrong with it is for the form to say. */
export function JsonEditor({ className, ...props }: JsonEditorProps) {
  return (
    <div
      className={cn(
        "min-h-24 overflow-auto rounded-md border bg-raised py-1 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ring",
        props["aria-invalid"] ? "border-danger" : "border-border-strong",
        className,
      )}
    >
      <Suspense fallback={<pre className="px-2 font-mono text-sm">{props.text}</pre>}>
        <Editor {...props} />
      </Suspense>
    </div>
  );
}
