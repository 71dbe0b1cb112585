BEGIN TRANSACTION;
CREATE TABLE bot_update (
	update_id INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	handled TEXT NOT NULL, 
	PRIMARY KEY (update_id)
);
CREATE TABLE flag (
	name VARCHAR(60) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	reason TEXT NOT NULL, 
	actor VARCHAR(60) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE journal (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	subject VARCHAR(120) NOT NULL, 
	lead_id VARCHAR(40), 
	actor VARCHAR(60) NOT NULL, 
	detail TEXT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE journal_head (
	one INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (one)
);
INSERT INTO "journal_head" VALUES(1,0,'0000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE meta (
	"key" VARCHAR(40) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','1');
CREATE TABLE mirrored (
	record_id VARCHAR(40) NOT NULL, 
	content_hash VARCHAR(32) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (record_id)
);
CREATE TABLE paid_call (
	id INTEGER NOT NULL, 
	stage VARCHAR(30) NOT NULL, 
	item VARCHAR(160) NOT NULL, 
	input_hash VARCHAR(32) NOT NULL, 
	attempt INTEGER NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	lead_id VARCHAR(40), 
	model VARCHAR(80) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	finish VARCHAR(10) NOT NULL, 
	raw TEXT NOT NULL, 
	text TEXT, 
	sources TEXT NOT NULL, 
	detail TEXT, 
	input_tokens INTEGER NOT NULL, 
	cached_tokens INTEGER NOT NULL, 
	output_tokens INTEGER NOT NULL, 
	searches INTEGER NOT NULL, 
	cost_usd FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT paid_once UNIQUE (stage, item, input_hash, attempt)
);
CREATE TABLE provider_event (
	event_key VARCHAR(32) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	message_id VARCHAR(200) NOT NULL, 
	send_key VARCHAR(120), 
	address_hash VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	received_at VARCHAR(27) NOT NULL, 
	reason TEXT, 
	link TEXT, 
	raw TEXT NOT NULL, 
	PRIMARY KEY (event_key)
);
CREATE TABLE record (
	record_id VARCHAR(40) NOT NULL, 
	intake_day VARCHAR(10) NOT NULL, 
	first_seen_at VARCHAR(27) NOT NULL, 
	version INTEGER NOT NULL, 
	content_hash VARCHAR(32) NOT NULL, 
	in_view INTEGER NOT NULL, 
	gone_at VARCHAR(27), 
	PRIMARY KEY (record_id)
);
CREATE TABLE record_version (
	record_id VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	content_hash VARCHAR(32) NOT NULL, 
	received_at VARCHAR(27) NOT NULL, 
	fields TEXT NOT NULL, 
	PRIMARY KEY (record_id, version)
);
CREATE TABLE reply (
	reply_key VARCHAR(64) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	uid VARCHAR(60) NOT NULL, 
	received_at VARCHAR(27) NOT NULL, 
	sent_at VARCHAR(27) NOT NULL, 
	send_key VARCHAR(120), 
	lead_id VARCHAR(40), 
	joined_by VARCHAR(20) NOT NULL, 
	address_hash VARCHAR(64) NOT NULL, 
	class VARCHAR(20) NOT NULL, 
	class_reason TEXT NOT NULL, 
	resume_on VARCHAR(10), 
	excerpt TEXT NOT NULL, 
	raw BLOB NOT NULL, 
	rule_version VARCHAR(20) NOT NULL, 
	PRIMARY KEY (reply_key)
);
CREATE TABLE send (
	send_key VARCHAR(120) NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	campaign VARCHAR(60) NOT NULL, 
	step VARCHAR(20) NOT NULL, 
	address VARCHAR(320) NOT NULL, 
	address_hash VARCHAR(64) NOT NULL, 
	lead_id VARCHAR(40) NOT NULL, 
	company_key VARCHAR(120) NOT NULL, 
	to_name VARCHAR(200) NOT NULL, 
	variant VARCHAR(41) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	places TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	body TEXT NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	in_reply_to VARCHAR(200), 
	state VARCHAR(10) NOT NULL, 
	epoch INTEGER NOT NULL, 
	holder VARCHAR(120), 
	lease_until VARCHAR(27), 
	not_before VARCHAR(27) NOT NULL, 
	ready_at VARCHAR(27) NOT NULL, 
	intent_at VARCHAR(27), 
	intent_day VARCHAR(10), 
	settled_at VARCHAR(27), 
	message_id VARCHAR(200), 
	reason TEXT, 
	checks INTEGER NOT NULL, 
	next_check_at VARCHAR(27), 
	PRIMARY KEY (send_key), 
	CONSTRAINT one_send_per_person_and_step UNIQUE (campaign, step, address), 
	CONSTRAINT a_mail_is_whole CHECK (length(trim(subject)) > 0 AND length(trim(body)) > 0), 
	CONSTRAINT accepted_has_message_id CHECK (state <> 'accepted' OR message_id IS NOT NULL)
);
CREATE TABLE snapshot (
	asset VARCHAR(40) NOT NULL, 
	partition VARCHAR(40) NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (asset, partition)
);
CREATE TABLE stamp (
	name VARCHAR(80) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE suppression (
	id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	"key" VARCHAR(120) NOT NULL, 
	reason VARCHAR(30) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	until VARCHAR(27), 
	source VARCHAR(60) NOT NULL, 
	evidence TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT one_suppression_per_fact UNIQUE (kind, "key", reason, source, evidence)
);
CREATE TABLE tally (
	day VARCHAR(10) NOT NULL, 
	ours INTEGER NOT NULL, 
	provider INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	verdict VARCHAR(20) NOT NULL, 
	PRIMARY KEY (day)
);
CREATE TABLE work (
	stage VARCHAR(30) NOT NULL, 
	item VARCHAR(160) NOT NULL, 
	input_hash VARCHAR(32) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	lead_id VARCHAR(40), 
	state VARCHAR(10) NOT NULL, 
	reason TEXT, 
	until VARCHAR(27), 
	value TEXT, 
	cost_usd FLOAT NOT NULL, 
	attempts INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (stage, item, input_hash), 
	CONSTRAINT done_has_value CHECK (state <> 'done' OR (value IS NOT NULL AND length(value) > 2)), 
	CONSTRAINT others_have_reason CHECK (state = 'done' OR (reason IS NOT NULL AND length(trim(reason)) > 0))
);
CREATE TABLE work_error (
	id INTEGER NOT NULL, 
	stage VARCHAR(30) NOT NULL, 
	item VARCHAR(160) NOT NULL, 
	input_hash VARCHAR(32) NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	message TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX journal_subject ON journal (subject);
CREATE INDEX journal_lead ON journal (lead_id);
CREATE INDEX journal_kind ON journal (kind, at);
CREATE INDEX record_day ON record (intake_day);
CREATE INDEX record_version_received ON record_version (received_at);
CREATE INDEX work_lead ON work (lead_id);
CREATE INDEX work_day ON work (stage, day);
CREATE INDEX work_error_item ON work_error (stage, item);
CREATE INDEX paid_call_day ON paid_call (day);
CREATE INDEX paid_call_lead ON paid_call (lead_id);
CREATE INDEX send_state ON send (state, not_before);
CREATE INDEX send_intent_day ON send (intent_day);
CREATE INDEX send_address ON send (address_hash);
CREATE INDEX send_company ON send (company_key, intent_day);
CREATE INDEX send_lead ON send (lead_id);
CREATE INDEX send_message ON send (message_id);
CREATE INDEX send_day ON send (day);
CREATE INDEX send_intent ON send (intent_at);
CREATE INDEX suppression_key ON suppression ("key");
CREATE INDEX provider_event_send ON provider_event (send_key);
CREATE INDEX provider_event_message ON provider_event (message_id);
CREATE INDEX provider_event_day ON provider_event (day);
CREATE INDEX provider_event_received ON provider_event (received_at);
CREATE INDEX reply_day ON reply (day);
CREATE INDEX reply_lead ON reply (lead_id);
COMMIT;
