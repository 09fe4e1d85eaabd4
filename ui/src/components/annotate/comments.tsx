import { useMutation, useQueryClient } from "@tanstack/react-query";
import { MessageSquare, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import {
  addComment,
  deleteComment,
  editComment,
  refreshTarget,
  type Target,
} from "@/api/annotations";
import type { Comment } from "@/api/types";
import { RichText } from "@/components/messages/rich-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/dialog";
import { EmptyState } from "@/components/ui/states";
import { formatAgo, formatTime } from "@/lib/format";
import { CommentForm } from "./comment-form";
import { useAuthor } from "./use-author";

/** What people said about a trace, span or thread; one's own can be changed and deleted. */
export function Comments({ target, comments }: { target: Target; comments: readonly Comment[] }) {
  const client = useQueryClient();
  const { user, canWrite } = useAuthor();
  return (
    <div className="flex flex-col">
      {comments.length === 0 && !canWrite && (
        <EmptyState icon={<MessageSquare />} title="No comments" />
      )}
      <ol className="flex flex-col divide-y divide-border">
        {comments.map((comment) => (
          <CommentItem
            key={comment.id}
            target={target}
            comment={comment}
            isOwn={canWrite && comment.created_by === user}
          />
        ))}
      </ol>
      {canWrite && (
        <div className="px-4 py-3">
          <CommentForm
            label={comments.length === 0 ? "Add the first comment" : "Add a comment"}
            send="Comment"
            onSend={async (text) => {
              await addComment(target, text);
              await refreshTarget(client, target);
            }}
          />
        </div>
      )}
    </div>
  );
}

function CommentItem({
  target,
  comment,
  isOwn,
}: {
  target: Target;
  comment: Comment;
  isOwn: boolean;
}) {
  const client = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteComment(target, comment.id),
    onSuccess: () => refreshTarget(client, target),
  });
  const isEdited = comment.last_updated_at !== comment.created_at;
  return (
    <li className="group/comment px-4 py-2">
      <header className="flex h-6 items-center gap-2">
        <span className="truncate font-medium">{comment.created_by}</span>
        <time
          dateTime={comment.created_at}
          title={formatTime(comment.created_at)}
          className="text-sm whitespace-nowrap text-muted-foreground"
        >
          {formatAgo(comment.created_at)}
          {isEdited && " · edited"}
        </time>
        {isOwn && !isEditing && (
          <span className="ml-auto inline-flex opacity-0 group-focus-within/comment:opacity-100 group-hover/comment:opacity-100 max-md:opacity-100">
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Edit the comment"
              onClick={() => setEditing(true)}
            >
              <Pencil />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Delete the comment"
              onClick={() => setAsking(true)}
            >
              <Trash2 />
            </Button>
          </span>
        )}
      </header>
      {isEditing ? (
        <CommentForm
          label="Edit the comment"
          send="Save"
          text={comment.text}
          onCancel={() => setEditing(false)}
          onSend={async (text) => {
            await editComment(target, comment.id, text);
            await refreshTarget(client, target);
            setEditing(false);
          }}
        />
      ) : (
        <RichText text={comment.text} />
      )}
      <ConfirmDialog
        open={isAsking}
        onOpenChange={setAsking}
        title="Delete this comment?"
        confirm="Delete"
        onConfirm={() => remove.mutateAsync()}
      >
        <p className="line-clamp-4 text-muted-foreground">{comment.text}</p>
      </ConfirmDialog>
    </li>
  );
}
