"""Every table of the warehouse, column by column: the one place where a column's type and meaning stand."""

from typing import Final

from resources.warehouse.store import Column, TableSpec

_TIME: Final = "TIMESTAMPTZ"


def _columns(*rows: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*row) for row in rows)


LEAD_RECORDS: Final = TableSpec(
    "lead_records",
    _columns(
        ("record_id", "VARCHAR", "Airtable record id"),
        ("version", "BIGINT", "1 for the first content received, counting up"),
        ("intake_day", "DATE", "day the record was first seen, in the operator's zone"),
        ("received_at", _TIME, "when this version was received"),
        ("content_hash", "VARCHAR", "hash of the operator-owned fields"),
        ("fields", "VARCHAR", "operator-owned fields as received, JSON"),
        ("newest", "BOOLEAN", "whether no later version exists"),
        ("in_view", "BOOLEAN", "whether the record is in the queue's view"),
    ),
    order=("record_id", "version"),
    partition=None,
)

LEADS: Final = TableSpec(
    "leads",
    _columns(
        ("day", "DATE", "intake day"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("status", "VARCHAR", "accepted or rejected"),
        ("reason", "VARCHAR", "why a record is no lead"),
        ("address", "VARCHAR", "normalised mail address"),
        ("full_name", "VARCHAR", "name as one text"),
        ("first_name", "VARCHAR", "given name"),
        ("last_name", "VARCHAR", "family name"),
        ("title", "VARCHAR", "role at the company"),
        ("mail_text", "VARCHAR", "address as the operator wrote it"),
        ("company", "VARCHAR", "company as the operator wrote it"),
        ("website", "VARCHAR", "site as the operator wrote it"),
        ("company_key", "VARCHAR", "registrable domain of the site, else a key of the name"),
        ("country", "VARCHAR", "country as written"),
        ("state", "VARCHAR", "state as written"),
        ("city", "VARCHAR", "city as written"),
        ("source", "VARCHAR", "where the lead came from"),
        ("priority", "DOUBLE", "higher goes first"),
        ("do_not_contact", "BOOLEAN", "set by the operator"),
        ("override", "VARCHAR", "the operator's word on attribution"),
        ("in_view", "BOOLEAN", "whether the record is in the queue's view"),
        ("zones", "VARCHAR[]", "candidate IANA zones; empty is unknown"),
        ("zone_confidence", "VARCHAR", "high, medium, weak or none"),
        ("zone_how", "VARCHAR", "what the zones were inferred from"),
        ("country_code", "VARCHAR", "ISO 3166-1 alpha-2"),
        ("subdivision", "VARCHAR", "ISO 3166-2 part, where known"),
        ("received_at", _TIME, "when the newest version was received"),
    ),
    order=("lead_id",),
)

VERIFICATION: Final = TableSpec(
    "verification_results",
    _columns(
        ("day", "DATE", "intake day of the lead"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("verdict", "VARCHAR", "match, mismatch, unverifiable, invalid or pending"),
        ("tier", "BIGINT", "1 domains, 2 the list itself, 3 a model; null for the operator's word"),
        ("reason", "VARCHAR", "the rule that decided"),
        ("evidence", "VARCHAR", "a sentence a person can check"),
        ("mail_domain", "VARCHAR", "registrable domain of the address"),
        ("company_domain", "VARCHAR", "registrable domain of the site"),
        ("question_id", "VARCHAR", "the model's question this lead waits for"),
        ("rule_version", "VARCHAR", "version of the attribution rules"),
    ),
    order=("lead_id",),
)

QUEUE: Final = TableSpec(
    "outreach_queue",
    _columns(
        ("day", "DATE", "day of the plan"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("company_key", "VARCHAR", "the lead's company"),
        ("step", "VARCHAR", "the step the standing is about"),
        ("standing", "VARCHAR", "due, ready, sent, waiting, excluded or finished"),
        ("reason", "VARCHAR", "why it stands there"),
        ("variant", "VARCHAR", "variant the lead gets at this step"),
        ("priority", "DOUBLE", "higher goes first"),
        ("from_day", "DATE", "when a waiting lead is looked at again"),
        ("opens_at", _TIME, "start of the next common business hours"),
        ("closes_at", _TIME, "end of them"),
        ("place", "BIGINT", "place in the queue"),
    ),
    order=("place", "lead_id"),
)

RESEARCH: Final = TableSpec(
    "research_blobs",
    _columns(
        ("day", "DATE", "day it was bought"),
        ("company_key", "VARCHAR", "the company"),
        ("state", "VARCHAR", "done, rejected, deferred or skipped"),
        ("reason", "VARCHAR", "why it is not done"),
        ("company", "VARCHAR", "name that was asked for"),
        ("what_they_do", "VARCHAR", "one or two sentences"),
        ("facts", "VARCHAR", "claims with quote and source, JSON"),
        ("fact_count", "BIGINT", "number of facts"),
        ("news", "VARCHAR", "recent news with date, JSON"),
        ("avoid", "VARCHAR", "what a stranger should not touch upon, JSON"),
        ("source", "VARCHAR", "the best source of its facts: own site, press or directory"),
        ("searched", "VARCHAR", "where that answer was searched: own site, or the whole web"),
        ("left_out", "VARCHAR", "why facts of the answer were left out, with their number, JSON"),
        ("fingerprint", "VARCHAR", "hash of the quotes"),
        ("model", "VARCHAR", "model that answered"),
        ("rule_version", "VARCHAR", "version of the interpretation"),
        ("cost_usd", "DOUBLE", "dollars"),
        ("bought_at", _TIME, "when"),
    ),
    order=("company_key",),
)

DRAFTS: Final = TableSpec(
    "drafts",
    _columns(
        ("day", "DATE", "day it was written"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("step", "VARCHAR", "opener, bump or breakup"),
        ("state", "VARCHAR", "done, rejected, deferred or skipped"),
        ("reason", "VARCHAR", "why it is not done"),
        ("variant", "VARCHAR", "variant"),
        ("subject", "VARCHAR", "subject line"),
        ("body", "VARCHAR", "text with signature and footer"),
        ("content_hash", "VARCHAR", "what is approved and may go out"),
        ("send_key", "VARCHAR", "the send it became"),
        ("attempts", "BIGINT", "1, or 2 after a repair"),
        ("model", "VARCHAR", "model that wrote"),
        ("prompt_version", "VARCHAR", "version of the prompt, as configured"),
        ("prompt", "VARCHAR", "version and digest of every word of the prompt"),
        ("approval", "VARCHAR", "waiting, approved, rejected or withdrawn, where a person was asked"),
        ("research_fingerprint", "VARCHAR", "research it stands on"),
        ("facts_version", "VARCHAR", "version of the rules that chose its facts"),
        ("facts_used", "VARCHAR", "ids of the facts it rests on"),
        ("cost_usd", "DOUBLE", "dollars, repairs included"),
        ("drafted_at", _TIME, "when"),
    ),
    order=("lead_id", "step", "drafted_at"),
)

SENDS: Final = TableSpec(
    "sends",
    _columns(
        ("day", "DATE", "day the mail was planned for"),
        ("send_key", "VARCHAR", "one per campaign, step and person"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("company_key", "VARCHAR", "the lead's company"),
        ("step", "VARCHAR", "opener, bump or breakup"),
        ("variant", "VARCHAR", "variant"),
        ("state", "VARCHAR", "ready, claimed, sending, accepted, rejected, unknown, presumed or cancelled"),
        ("reason", "VARCHAR", "why it stands there"),
        ("subject", "VARCHAR", "subject line"),
        ("content_hash", "VARCHAR", "what was approved and went out"),
        ("message_id", "VARCHAR", "the provider's message id"),
        ("zones", "VARCHAR", "the recipient's zones when it was written, JSON"),
        ("ready_at", _TIME, "when it was approved"),
        ("intent_at", _TIME, "when the request was decided"),
        ("settled_at", _TIME, "when its outcome was known"),
        ("lateness_minutes", "DOUBLE", "minutes from approval to request"),
    ),
    order=("send_key",),
)

EVENTS: Final = TableSpec(
    "engagement_events",
    _columns(
        ("day", "DATE", "day the event happened"),
        ("event_key", "VARCHAR", "hash of message, kind, time, address and link"),
        ("kind", "VARCHAR", "kind of event"),
        ("at", _TIME, "when it happened"),
        ("message_id", "VARCHAR", "the provider's message id"),
        ("send_key", "VARCHAR", "the send it belongs to; null while parked"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("step", "VARCHAR", "step of that send"),
        ("variant", "VARCHAR", "variant of that send"),
        ("reason", "VARCHAR", "the provider's reason"),
        ("link", "VARCHAR", "the link that was clicked"),
        ("parked", "BOOLEAN", "whether no send is known for it"),
        ("label", "VARCHAR", "for opens and clicks: human, machine or unsure"),
        ("score", "DOUBLE", "weight of the evidence: a machine's from 2, a person's to -1"),
        ("rules", "VARCHAR", "ids of the rules behind it (docs/metrics.md)"),
        ("classifier", "VARCHAR", "version of the classifier that is believed"),
        ("candidate_label", "VARCHAR", "what the newest version would say, while another one is believed"),
        ("candidate", "VARCHAR", "that version"),
    ),
    order=("at", "event_key"),
)

REPLIES: Final = TableSpec(
    "replies",
    _columns(
        ("day", "DATE", "day it was written"),
        ("reply_key", "VARCHAR", "hash of its message id"),
        ("lead_id", "VARCHAR", "record id of the lead; null for a stranger"),
        ("send_key", "VARCHAR", "the send it answers"),
        ("joined_by", "VARCHAR", "message_id, address, report, company or none"),
        ("class", "VARCHAR", "what kind of answer it is"),
        ("class_reason", "VARCHAR", "why it was classed so"),
        ("resume_on", "DATE", "day of return, for an absence"),
        ("excerpt", "VARCHAR", "the person's own words, without quotation"),
        ("sent_at", _TIME, "when it was written"),
        ("received_at", _TIME, "when we read it"),
        ("rule_version", "VARCHAR", "version of the classification"),
    ),
    order=("sent_at", "reply_key"),
)

STATUS: Final = TableSpec(
    "lead_status",
    _columns(
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("status", "VARCHAR", "where the lead stands, in a word"),
        ("step", "VARCHAR", "last step that went out"),
        ("variant", "VARCHAR", "its variant"),
        ("verdict", "VARCHAR", "attribution verdict"),
        ("verdict_reason", "VARCHAR", "evidence of the verdict, or why the record is no lead"),
        ("next_action", "VARCHAR", "what comes next, or why nothing does"),
        ("next_action_at", _TIME, "when its window opens"),
        ("last_event", "VARCHAR", "newest event or reply"),
        ("last_event_at", _TIME, "when that was"),
        ("last_sent_at", _TIME, "when the last mail went out"),
        ("message_id", "VARCHAR", "the last mail's message id"),
        ("sent_steps", "BIGINT", "mails sent"),
        ("cost_usd", "DOUBLE", "dollars spent on the lead's mails"),
        ("in_view", "BOOLEAN", "whether the record is in the queue's view"),
    ),
    order=("lead_id",),
    partition=None,
)

METRICS: Final = TableSpec(
    "campaign_metrics",
    _columns(
        ("day", "DATE", "day the mails were planned for"),
        ("cohort", "VARCHAR", "ISO week the people were taken in, such as 2026-W48"),
        ("step", "VARCHAR", "step"),
        ("variant", "VARCHAR", "variant"),
        *((name, "BIGINT", f"mails {name.replace('_', ' ')}") for name in (
            "planned", "accepted", "unknown", "rejected", "cancelled", "open", "delivered", "hard_bounces",
            "soft_bounces", "opened", "opened_human", "opened_possible", "clicked", "clicked_human", "clicked_possible",
            "unsubscribed", "complaints", "human_replies", "positive_replies",
        )),
        ("bounce_rate", "DOUBLE", "hard bounces of accepted; null without any"),
        ("reply_rate", "DOUBLE", "human replies of accepted; null without any"),
        ("lateness_p50_minutes", "DOUBLE", "median minutes from approval to request"),
        ("lateness_p99_minutes", "DOUBLE", "99th percentile of the same"),
        ("cost_usd", "DOUBLE", "dollars for drafts"),
        ("cost_per_mail_usd", "DOUBLE", "dollars for drafts per accepted mail; null without any"),
        ("cost_per_positive_usd", "DOUBLE", "dollars for drafts per positive reply; null without any"),
    ),
    order=("cohort", "step", "variant"),
)  # fmt: skip

COSTS: Final = TableSpec(
    "model_costs",
    _columns(
        ("day", "DATE", "day of the calls"),
        ("stage", "VARCHAR", "what was asked for: research, drafts, attribution.batch, replay"),
        ("service", "VARCHAR", "who was paid"),
        ("model", "VARCHAR", "model that answered"),
        ("version", "VARCHAR", "version of the prompt or the question"),
        ("calls", "BIGINT", "answers paid for"),
        ("input_tokens", "BIGINT", "tokens read, cached ones too"),
        ("cached_tokens", "BIGINT", "of these, tokens from the prompt cache"),
        ("output_tokens", "BIGINT", "tokens written, reasoning too"),
        ("searches", "BIGINT", "web searches billed"),
        ("cost_usd", "DOUBLE", "dollars"),
        ("results", "BIGINT", "accepted drafts or researched companies; null elsewhere"),
        ("cost_per_result_usd", "DOUBLE", "dollars per result, refused ones included"),
    ),
    order=("stage", "service", "model", "version"),
)

MIRROR: Final = TableSpec(
    "airtable_leads",
    _columns(
        ("record_id", "VARCHAR", "Airtable record id"),
        ("content_hash", "VARCHAR", "hash of what the mirror fields were written with"),
    ),
    order=("record_id",),
    partition=None,
)

DIGEST: Final = TableSpec(
    "daily_digest",
    _columns(
        ("day", "DATE", "day that is reported"),
        ("subject", "VARCHAR", "subject line"),
        ("text", "VARCHAR", "the digest as text"),
        ("accepted", "BIGINT", "mails sent"),
        ("delivered", "BIGINT", "of these delivered"),
        ("hard_bounces", "BIGINT", "of these bounced for good"),
        ("human_replies", "BIGINT", "of these answered by a person"),
        ("positive_replies", "BIGINT", "of these positive"),
        ("due_today", "BIGINT", "due on the morning after"),
        ("cost_usd", "DOUBLE", "dollars for drafts"),
        ("alarms", "BIGINT", "alarms in it"),
    ),
    order=("day",),
)

RECONCILIATION: Final = TableSpec(
    "reconciliation",
    _columns(
        ("day", "DATE", "day in the provider account's zone"),
        ("ours", "BIGINT", "mails the ledger knows to be accepted"),
        ("provider", "BIGINT", "mails the provider counted"),
        ("verdict", "VARCHAR", "equal, missing (we have more) or orphans (the provider has more)"),
    ),
    order=("day",),
    partition=None,
)

RECONCILIATION_ITEMS: Final = TableSpec(
    "reconciliation_items",
    _columns(
        ("store", "VARCHAR", "provider, warehouse or airtable: what the ledger is held against"),
        ("verdict", "VARCHAR", "missing (only the ledger has it), orphan (only the other has it) or differs"),
        ("day", "DATE", "day of the mail"),
        ("send_key", "VARCHAR", "the send, where it is known"),
        ("message_id", "VARCHAR", "the provider's message id"),
        ("lead_id", "VARCHAR", "record id of the lead"),
        ("seen_at", _TIME, "when the difference was first seen"),
    ),
    order=("store", "day", "send_key", "message_id"),
    partition=None,
)

HEALTH: Final = TableSpec(
    "service_health",
    _columns(
        ("service", "VARCHAR", "what was asked"),
        ("state", "VARCHAR", "ok, warn or fail"),
        ("detail", "VARCHAR", "what it answered, and what to do"),
        ("at", _TIME, "when"),
    ),
    order=("service",),
    partition=None,
)

ALL: Final = (
    LEAD_RECORDS, LEADS, VERIFICATION, QUEUE, RESEARCH, DRAFTS, SENDS, EVENTS, REPLIES, STATUS, METRICS, COSTS, MIRROR,
    DIGEST, RECONCILIATION, RECONCILIATION_ITEMS, HEALTH,
)  # fmt: skip
