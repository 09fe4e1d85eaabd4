/** A name for a new destination that none has yet: `Langfuse`, else `Langfuse 2`. */
export function freeName(title: string, others: readonly { name: string }[]): string {
  const taken = new Set(others.map((one) => one.name.toLowerCase()));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? title : `${title} ${number}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}
