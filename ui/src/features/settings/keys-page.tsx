import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/states";
import { formatAgo, formatTime } from "@/lib/format";
import { type ApiKey, keysQuery, revokeKey } from "./api/keys";
import { Loaded } from "./components/loaded";
import { NewKeyDialog } from "./components/new-key-dialog";
import { Section } from "./components/section";
import { SimpleTable } from "./components/simple-table";

export function KeysPage() {
  const client = useQueryClient();
  const keys = useQuery(keysQuery());
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  return (
    <Section
      title="API keys"
      description="A key lets a client or a person into this workspace. While there is none, a server on this computer's own address is open to whoever can reach it."
      action={
        <Button variant="primary" disabled={!keys.data} onClick={() => setMaking(true)}>
          <Plus /> New key
        </Button>
      }
    >
      <Loaded query={keys}>
        {(data) =>
          data.content.length === 0 ? (
            <EmptyState icon={<KeyRound />} title="No keys yet">
              This server is open on its own computer. The first key closes it.
            </EmptyState>
          ) : (
            <SimpleTable
              label="API keys"
              rows={data.content}
              keyOf={(key) => key.id}
              columns={[
                { label: "Name", show: (key) => <span className="font-medium">{key.name}</span> },
                { label: "Key", show: (key) => <code className="text-sm">{key.masked}</code> },
                { label: "Role", show: (key) => key.role },
                {
                  label: "Last used",
                  show: (key) => (
                    <span title={formatTime(key.last_used_at)}>{formatAgo(key.last_used_at)}</span>
                  ),
                },
                { label: "Made", show: (key) => formatTime(key.created_at).slice(0, 10) },
                { label: "State", show: (key) => <State apiKey={key} /> },
                {
                  label: "Actions",
                  hiddenLabel: true,
                  end: true,
                  show: (key) =>
                    key.revoked_at ? null : (
                      <Button
                        size="sm"
                        variant="danger"
                        aria-label={`Revoke ${key.name}`}
                        onClick={() => setRevoking(key)}
                      >
                        Revoke
                      </Button>
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {making && (
        <NewKeyDialog first={keys.data?.content.length === 0} onClose={() => setMaking(false)} />
      )}
      {revoking && (
        <ConfirmDialog
          open
          onOpenChange={() => setRevoking(undefined)}
          title={`Revoke ${revoking.name}?`}
          confirm="Revoke key"
          onConfirm={async () => {
            await revokeKey(revoking.id);
            await client.invalidateQueries({ queryKey: keysQuery().queryKey });
          }}
        >
          Clients that use <code>{revoking.masked}</code> are refused at once, and whoever signed in
          with it is signed out. This cannot be taken back.
        </ConfirmDialog>
      )}
    </Section>
  );
}

function State({ apiKey }: { apiKey: ApiKey }) {
  if (apiKey.revoked_at) return <Badge tone="outline">revoked</Badge>;
  if (apiKey.expires_at && Date.parse(apiKey.expires_at) <= Date.now()) {
    return <Badge tone="outline">expired</Badge>;
  }
  return (
    <Badge tone="success">
      {apiKey.expires_at ? `until ${formatTime(apiKey.expires_at).slice(0, 10)}` : "good"}
    </Badge>
  );
}
