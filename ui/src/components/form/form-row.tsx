import { type ReactNode, useId } from "react";

export type ControlProps = {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
};

/** A label, one control, and under it help or what is wrong. The control takes the props it is given. */
export function FormRow({
  label,
  help,
  error,
  optional = false,
  children,
}: {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  children: (props: ControlProps) => ReactNode;
}) {
  const id = useId();
  const says = Boolean(error ?? help);
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
        {optional && <span className="font-normal text-muted-foreground"> (optional)</span>}
      </label>
      {children({
        id,
        "aria-describedby": says ? `${id}-says` : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {says && (
        <p
          id={`${id}-says`}
          {...(error ? { role: "alert" } : {})}
          className={`text-sm break-words ${error ? "text-danger" : "text-muted-foreground"}`}
        >
          {error ?? help}
        </p>
      )}
    </div>
  );
}
