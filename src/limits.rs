//! Every bound in one place: what Snug accepts, keeps and waits for. What an operator may change is in `config`.
use std::ops::RangeInclusive;
use std::time::Duration;

/// Characters of a message's text (PROTOCOL, Objects).
pub const TEXT_CHARS_MAX: usize = 16_000;
/// Bytes of a message's text (PROTOCOL, Objects).
pub const TEXT_BYTES_MAX: usize = 32 * 1024;
/// Drafts that a person may have, in as many rooms and threads.
pub const DRAFTS_MAX: usize = 500;
/// Bytes of all drafts of a person, since `/sync` holds them all.
pub const DRAFTS_BYTES_MAX: usize = 1024 * 1024;
/// Mentions that one message may make; more are plain text (S35).
pub const MENTIONS_MAX: usize = 50;
/// Words after `@` of one message that are looked up; further ones are plain text (S40).
pub const MENTION_LOOKS_MAX: usize = 500;
/// Characters of a preview of a message, in quotes and room lists.
pub const PREVIEW_CHARS: usize = 140;
/// Characters of a client's nonce (PROTOCOL, Conventions).
pub const NONCE_CHARS_MAX: usize = 64;
/// How long a nonce gives the same message back, milliseconds (PROTOCOL, Conventions).
pub const NONCE_LIFE_MS: u64 = 24 * HOUR_MS;
/// Ids that share one bucket of nonces, as a power of two: about 4,000 messages, so that a batch dirties few pages.
pub const NONCE_BUCKET_BITS: u32 = 13;

/// Different emoji under one message, and people who may give the same one.
pub const REACTIONS_MAX: usize = 20;
pub const REACTION_USERS_MAX: usize = 1_000;
/// Pinned messages of a room.
pub const PINS_MAX: usize = 100;
/// Files that are looked at for one page of those of a kind.
pub const GALLERY_SCAN_MAX: usize = 2_000;
/// Days that messages may be kept by a rule; messages whose files go in one step; ages are known by the hour.
pub const RETENTION_DAYS_MAX: u32 = 3_650;
pub const RETENTION_FILES_STEP: usize = 100;
/// Messages that a person may keep for later.
pub const SAVED_MAX: usize = 1_000;
/// Versions of a message that are kept, the first and the present one among them.
pub const VERSIONS_MAX: usize = 50;

/// Characters of usernames (PROTOCOL, Answers).
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
/// Characters of a person's display name.
pub const NAME_CHARS_MAX: usize = 64;
/// Words of a name that somebody may mistype at once.
pub const NEAR_WORDS_MAX: usize = 6;
/// Characters of a status text.
pub const STATUS_CHARS_MAX: usize = 100;
/// Bytes of the settings object that a client keeps for a person.
pub const SETTINGS_BYTES_MAX: usize = 16 * 1024;
/// Characters of room names (PROTOCOL, Answers).
pub const ROOM_NAME_CHARS_MAX: usize = 80;
/// Characters of a room's topic.
pub const TOPIC_CHARS_MAX: usize = 500;
/// Characters of a room's description.
pub const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// Characters of what people say of themselves.
pub const ABOUT_CHARS_MAX: usize = 300;
/// Bytes of the name of a time zone; the longest known has 32.
pub const TIME_ZONE_BYTES_MAX: usize = 64;
/// Bytes of a person's picture, and how wide and high it may be.
pub const AVATAR_BYTES_MAX: usize = 128 * 1024;
pub const AVATAR_PIXELS_MAX: u32 = 1_024;
/// Characters of the server's name.
pub const SERVER_NAME_CHARS_MAX: usize = 60;
/// Bytes of a file's name, and characters of it that are looked at (S42).
pub const FILENAME_BYTES_MAX: usize = 255;
pub const FILENAME_LOOK_CHARS: usize = 1_024;
/// Marks that may stand on one letter of it; in no language are there more.
pub const FILENAME_MARKS_MAX: u32 = 4;
/// How far into a file signs of markup are looked for, and boxes of a header read at each depth.
pub const MARKUP_LOOK_BYTES: usize = 4 * 1024;
pub const HEADER_BOXES_MAX: usize = 256;
/// A picture wider, higher or larger than this is a file to download (R19).
pub const INLINE_SIDE_MAX: u32 = 32_767;
pub const INLINE_PIXELS_MAX: u64 = 120_000_000;
/// Files of one message.
pub const MESSAGE_FILES_MAX: usize = 20;
/// Uploads of a person that are not finished, and files that they did not send.
pub const UPLOADS_MAX: usize = 100;
pub const UNSENT_FILES_MAX: usize = 500;
/// How long both are kept after their last byte, milliseconds, and how often it is looked.
pub const UNSENT_LIFE_MS: u64 = 24 * HOUR_MS;
pub const FILES_SWEEP_PERIOD: Duration = Duration::from_secs(3600);
/// What is reserved at a time for an upload whose length is not known.
pub const RESERVE_STEP_BYTES: u64 = 16 * 1024 * 1024;
/// How long a request waits for another one that writes the same upload.
pub const UPLOAD_TURN_WAIT: Duration = Duration::from_secs(1);
/// Bars of a voice note, and how high one is at most.
pub const WAVEFORM_BARS_MAX: usize = 64;
pub const WAVEFORM_BAR_MAX: u8 = 31;
/// Bytes of a picture in small.
pub const THUMB_BYTES_MAX: usize = 64 * 1024;
/// Others in a direct (PROTOCOL: 1 to 9).
pub const DIRECT_OTHERS_MAX: usize = 9;
/// People who may be added in one request.
pub const ADD_MEMBERS_MAX: usize = 200;
/// Bytes of a password; longer ones are refused before hashing (S13: 128 characters).
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Rooms that an invite may lead to.
pub const INVITE_ROOMS_MAX: usize = 20;
/// Invites that stand at the same time.
pub const INVITES_MAX: usize = 1_000;

/// Characters of a value in the audit log; how long alike entries are counted as one; entries looked at for one page.
pub const AUDIT_DETAIL_CHARS_MAX: usize = 200;
pub const AUDIT_FLOOD_MS: u64 = 60 * 1_000;
pub const AUDIT_LOOK_MAX: usize = 20_000;

/// Bytes of a part of somebody's exported words, exports that they may take in an hour, and messages looked at for one
/// step of taking an erased person's words back.
pub const EXPORT_PART_BYTES: usize = 1024 * 1024;
pub const EXPORTS_PER_HOUR: u64 = 5;
pub const ERASE_LOOK_ROWS: usize = 5_000;

/// Bans that stand, networks of one, characters of its reason; people banned from a room.
pub const BANS_MAX: usize = 1_000;
pub const BAN_NETS_MAX: usize = 20;
pub const BAN_REASON_CHARS_MAX: usize = 200;
pub const ROOM_BANS_MAX: usize = 1_000;

/// Rows of a page unless asked otherwise, and at most (PROTOCOL, Conventions).
pub const PAGE_DEFAULT: usize = 50;
pub const PAGE_MAX: usize = 200;
/// Unread counts stop here: "99+" (PROTOCOL, Objects).
pub const UNREAD_MAX: u32 = 100;
/// Rows looked at to find a room's last message behind its notices and threads.
pub const LAST_MESSAGE_ROWS: usize = 2_000;

/// Threads that a person follows; when one more comes, only so many are kept of those that moved last.
pub const FOLLOWS_MAX: usize = 1_000;
pub const FOLLOWS_KEPT: usize = 980;
/// Followed threads that a snapshot tells of.
pub const SYNC_THREADS_MAX: usize = 200;
/// People shown under the root of a thread, and rows looked at to find them after one of theirs was taken back.
pub const THREAD_USERS_MAX: usize = 5;
pub const THREAD_USERS_ROWS: usize = 200;
/// Members up to which receipts are pushed; in larger rooms they are asked for (PROTOCOL, The WebSocket).
pub const RECEIPT_MEMBERS_MAX: u32 = 50;
/// Movements of a read mark that are remembered with their time.
pub const RECEIPT_STEPS_MAX: usize = 8;
/// Rooms of a person in which one `received` is told.
pub const RECEIPT_ROOMS_MAX: usize = 500;
/// People whom one `@here` calls; more are called with `@room`.
pub const HERE_MAX: usize = 500;
/// Rows looked at for one page of mentions.
pub const MENTIONS_LOOK_MAX: usize = 2_000;
/// People who are shown typing in a room at the same time; "several" says it of more.
pub const TYPISTS_MAX: usize = 5;

/// Missed events that a resume replays; more, and the client is sent to `/sync`.
pub const RESUME_EVENTS_MAX: usize = 2_000;
/// How long events are kept for resume, milliseconds, and how many (ARCHITECTURE, Data).
pub const EVENTS_LIFE_MS: u64 = 7 * 24 * HOUR_MS;
pub const EVENTS_MAX: u64 = 1_000_000;
/// Rows that one step of cleaning removes, so that nobody waits for it.
pub const PRUNE_STEP_ROWS: usize = 500;
/// How often cleaning looks for work.
pub const JANITOR_PERIOD: Duration = Duration::from_secs(60);
/// Up to here the messages of a room are counted for the table of rooms; and the rooms on one page of it.
pub const ROOM_COUNT_MAX: u64 = 10_000;
pub const ROOM_TABLE_MAX: usize = 50;
/// The sizes of rooms in it are those of a moment ago: they are found by a look at all files.
pub const ROOM_SIZES_LIFE: Duration = Duration::from_secs(60);
/// How often it is looked how the server does, how many looks are kept (an hour), and of how long each one tells.
pub const PULSE_PERIOD: Duration = Duration::from_secs(10);
pub const PULSE_KEPT: usize = 360;
pub const PULSE_WINDOW: Duration = Duration::from_secs(60);

/// Changes waiting for the writer; a further one waits in its own connection.
pub const WRITER_QUEUE: usize = 4_096;
/// Changes in one commit.
pub const BATCH_MAX: usize = 1_024;
/// Batches of announcements between the writer and the hub; beyond it the writer waits.
pub const HUB_QUEUE: usize = 1_024;
/// The database's page cache, bytes (FACTS: redb's default is 1 GiB).
pub const DATABASE_CACHE_BYTES: usize = 64 * 1024 * 1024;
pub const FILES_CACHE_BYTES: usize = 8 * 1024 * 1024;
/// A database that failed is opened again after these times; then it can only be read, and it is tried again after the
/// last of them, twice as long each time, up to the longest.
pub const REOPEN_WAITS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(100), Duration::from_millis(300)];
pub const REOPEN_WAIT_MAX: Duration = Duration::from_secs(5);
/// Changes of a batch run again this many times when their database fails under them.
pub const RERUNS_MAX: usize = 2;
/// What is in the databases is measured at most this often.
pub const MEASURE_PERIOD: Duration = Duration::from_secs(10 * 60);
/// And this often behind those who gather metrics.
pub const MEASURE_BEHIND_PERIOD: Duration = Duration::from_secs(60 * 60);
/// How often the command line looks whether a longer work of the server is done.
pub const LOOK_PERIOD: Duration = Duration::from_millis(200);
/// Rounds in which a copy of the files' bytes follows what is written, and rows in one commit of a copy that takes the
/// place of a database.
pub const COPY_ROUNDS: usize = 8;
pub const COPY_BATCH: usize = 100_000;
/// A database of files is made anew when it is larger than its files by a quarter, and by this.
pub const FILES_WASTE_BYTES: u64 = 16 * 1024 * 1024;
/// Pages in which what would be written to a disk that takes nothing is kept.
pub const OVERLAY_PAGE_BYTES: usize = 4096;
/// What of the disk is never filled with files, at least; else one in a hundred. A quarter of it is not filled with words
/// either (R4).
pub const SPACE_RESERVE_BYTES: u64 = 16 * 1024 * 1024;
/// The disk is asked at most this often how full it is.
pub const SPACE_LOOK_PERIOD: Duration = Duration::from_secs(1);
/// Bytes of a chunk of a file: a value of a power of two would waste half its pages (FACTS).
pub const CHUNK_BYTES: usize = 252 * 1024;
/// Chunks waiting for the writer of files; a further one waits in its own upload.
pub const FILES_QUEUE: usize = 4;
/// Bytes of uploads in one commit, while people talk and otherwise (FACTS), and how long after a word they talk.
pub const FILES_COMMIT_BYTES: usize = 1024 * 1024;
pub const FILES_COMMIT_IDLE_BYTES: usize = 4 * 1024 * 1024;
pub const CHAT_ACTIVE: Duration = Duration::from_secs(5);
/// Chunks that one commit frees.
pub const FREE_STEP_CHUNKS: usize = 64;
/// Bytes of rows that a copy of the database reads in one snapshot; while people talk it rests so many times as long as a
/// step took, but never longer than this.
pub const COPY_SLICE_BYTES: usize = 64 * 1024;
pub const COPY_REST_FACTOR: u32 = 3;
pub const COPY_REST_MAX: Duration = Duration::from_millis(50);
/// Changes that are noted for a copy before it copies them again; those that its last step may hold, rounds to come down to
/// that, and bytes of the last step that wait in memory.
pub const COPY_NOTES_MAX: usize = 50_000;
pub const COPY_LAST_NOTES: usize = 2_000;
pub const COPY_ROUNDS_MAX: usize = 50;
pub const COPY_GATHER_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of such notes after which a copy that does not go on is given up.
pub const COPY_NOTES_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Bytes that one transaction of a restore holds, and one of a trial beside those who talk; and of the page caches of a trial.
pub const RESTORE_STEP_BYTES: usize = 32 * 1024 * 1024;
pub const TRIAL_STEP_BYTES: usize = 256 * 1024;
pub const TRIAL_CACHE_BYTES: usize = 8 * 1024 * 1024;
/// What a data folder may hold beside its databases to be a part of a backup: bytes of a file, of all, and folders in folders.
pub const BESIDE_FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
pub const BESIDE_BYTES_MAX: u64 = 32 * 1024 * 1024;
pub const BESIDE_DEPTH_MAX: usize = 5;
/// Bytes of a backup that begin to go to the disk before the next come, and that are there before more come; of its disk's
/// reserve it leaves so many free; and bytes of files up to which they are restored on trial too, and not only summed.
pub const BACKUP_STEP_BYTES: usize = 1024 * 1024;
pub const BACKUP_SYNC_BYTES: usize = 32 * 1024 * 1024;
pub const BACKUP_RESERVES: u64 = 2;
pub const TRIAL_FILE_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// From a start to a nightly backup that was missed; from one that failed to the next try; and how old the last good one may
/// be before somebody should look. Milliseconds.
pub const BACKUP_START_DELAY_MS: u64 = 5 * 60 * 1_000;
pub const BACKUP_RETRY_MS: u64 = HOUR_MS;
pub const BACKUP_OVERDUE_MS: u64 = 49 * HOUR_MS;
/// How often it is looked whether one is due, and those made by hand that a folder holds.
pub const BACKUP_LOOK_PERIOD: Duration = Duration::from_secs(30);
pub const BACKUPS_MANUAL_MAX: usize = 100;
/// Threads that read the database for the async side.
pub const READER_THREADS: usize = 16;

/// One frame from a client, bytes (PROTOCOL, close code 1009).
pub const FRAME_BYTES_MAX: usize = 128 * 1024;
/// What may wait for a connection that does not read (S36).
pub const MAILBOX_BYTES_MAX: usize = 1024 * 1024;
pub const MAILBOX_EVENTS_MAX: usize = 16_384;
/// Connections that read what they missed at the same time; each holds up to `RESUME_EVENTS_MAX` events.
pub const RESUMES_AT_ONCE: usize = 16;
/// What the hub hands out at once: a quarter of a mailbox.
pub const HUB_PART_BYTES: usize = MAILBOX_BYTES_MAX / 4;
/// Announcements that the hub remembers, for connections that subscribe while more arrive.
pub const HUB_RING: usize = 2_048;
/// A ping this often; silence for twice as long ends the connection (PROTOCOL, Promises).
pub const HEARTBEAT: Duration = Duration::from_secs(30);
/// Typing is passed on at most this often for a person and room (PROTOCOL).
pub const TYPING_PERIOD: Duration = Duration::from_secs(3);
/// A person is offline this long after the last connection went, so that a reload does not flicker.
pub const OFFLINE_GRACE: Duration = Duration::from_secs(2);
/// Presence of a person is told to at most this many connections; larger circles learn it when they connect.
pub const PRESENCE_AUDIENCE_MAX: usize = 2_000;

/// Bytes of a JSON body, signed in and not (S36), and how long it, or the next part of a file, may take to arrive (S37).
pub const BODY_BYTES_MAX: usize = 128 * 1024;
pub const BODY_ANONYMOUS_BYTES_MAX: usize = 16 * 1024;
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// What is still read, and dropped, of a body that nobody wanted, before the answer.
pub const BODY_DRAIN_BYTES: usize = 8 * 1024 * 1024;
pub const BODY_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// Request headers: bytes and time (S37).
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
pub const HEADERS_MAX: usize = 64;
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the command line waits for a running server to begin its answer.
pub const OPERATOR_TIMEOUT: Duration = Duration::from_secs(60);
/// TLS handshakes: time, and how many at once (FACTS: 179 µs of CPU each).
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
pub const HANDSHAKES_AT_ONCE: usize = 64;
/// Files of the process that connections never take, or half of them where there are few.
pub const FILES_KEPT: u64 = 64;
/// How long `snug doctor` waits for one answer, and files of a folder that it looks at.
pub const DOCTOR_TIMEOUT: Duration = Duration::from_secs(5);
pub const DOCTOR_FILES_MAX: usize = 1_000;
/// Bytes of the databases that hold nothing and are no reason to speak of it.
pub const DOCTOR_AIR_BYTES: u64 = 256 * 1024 * 1024;
/// Connections at once to the port of the metrics.
pub const METRICS_CONNECTIONS_MAX: usize = 8;
/// Streams of one HTTP/2 connection, and resets it may have pending (S37).
pub const H2_STREAMS_MAX: u32 = 64;
pub const H2_RESETS_MAX: usize = 64;
/// From the signal to the end, whatever hangs (R20).
pub const STOP_GRACE: Duration = Duration::from_secs(4);
/// And those who had just come, to say what for.
pub const STOP_LAST_WORDS: Duration = Duration::from_millis(250);

/// Passwords that may wait to be hashed; beyond it 503 (S12).
pub const HASH_QUEUE: usize = 64;
/// How long a browser is known in which somebody was signed in, as long as browsers keep a cookie; and how many of each person.
pub const DEVICE_LIFE_MS: u64 = 400 * 24 * HOUR_MS;
pub const DEVICES_MAX: usize = 50;
/// Free failures per account and address before delays begin, the first delay and the longest (S15).
pub const LOGIN_FREE_FAILURES: u32 = 5;
pub const LOGIN_DELAY_MS: u64 = 1_000;
pub const LOGIN_DELAY_MAX_MS: u64 = 15 * 60 * 1_000;
/// A session ends this long after its last use, and after its start (S20).
pub const SESSION_IDLE_MS: u64 = 14 * 24 * HOUR_MS;
pub const SESSION_LIFE_MS: u64 = 90 * 24 * HOUR_MS;
/// Last use is written down at most this often.
pub const SESSION_TOUCH_MS: u64 = 10 * 60 * 1_000;
/// An access token lives this long, and clocks may differ by so much (S24, S25).
pub const TOKEN_LIFE_SECS: u64 = 15 * 60;
pub const TOKEN_SKEW_SECS: u64 = 30;
/// Bytes of an access token that are looked at.
pub const TOKEN_BYTES_MAX: usize = 4 * 1024;
/// Characters of a client's name for itself.
pub const CLIENT_CHARS_MAX: usize = 64;
/// An API client's session ends this long after its last use; its absolute end is that of every session.
pub const API_SESSION_IDLE_MS: u64 = 30 * 24 * HOUR_MS;
/// A refresh token that was used is answered once more for so long: the first answer may have been lost.
pub const REFRESH_GRACE_MS: u64 = 10 * 1_000;
/// Keys that sign tokens are replaced after this, and verify for so much longer.
pub const SIGNING_KEY_LIFE_MS: u64 = 90 * 24 * HOUR_MS;
pub const SIGNING_KEY_OVERLAP_MS: u64 = 24 * HOUR_MS;
/// API keys of a person; rooms that one may be limited to; characters of its name; and how long one lives that ends at all
/// (S23).
pub const KEYS_MAX: usize = 50;
pub const KEY_ROOMS_MAX: usize = 50;
pub const KEY_NAME_CHARS_MAX: usize = 64;
pub const KEY_LIFE_MAX_MS: u64 = 366 * 24 * HOUR_MS;
/// Sessions that a person may have in browsers, and as many of programs; the one that was idle for longest goes.
pub const SESSIONS_MAX: usize = 100;
/// Invites and reset links live this long unless said otherwise (S17, S18).
pub const INVITE_LIFE_MS: u64 = 7 * 24 * HOUR_MS;
pub const RESET_LIFE_MS: u64 = 24 * HOUR_MS;
/// Codes of a second factor: steps of 30 s before and after the present one that count, and how long a secret waits to be
/// confirmed (S19).
pub const TOTP_STEPS_ASIDE: u64 = 1;
pub const TOTP_CONFIRM_MS: u64 = HOUR_MS / 2;
/// Recovery codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// Passkeys of a person, characters of the name of one, and bytes of what a device calls one (WebAuthn: at most 1,023).
pub const PASSKEYS_MAX: usize = 20;
pub const PASSKEY_NAME_CHARS_MAX: usize = 64;
pub const CREDENTIAL_BYTES_MAX: usize = 1_023;
/// How long a device may take to answer a challenge, and challenges that are open at the same time.
pub const CHALLENGE_LIFE: Duration = Duration::from_secs(5 * 60);
pub const CHALLENGES_MAX: usize = 10_000;
/// A password that was shown counts this long for what changes how one signs in.
pub const CONFIRMED_LIFE: Duration = Duration::from_secs(10 * 60);
/// Links that sign in a second device: how long they work, and how many there are.
pub const DEVICE_LINK_LIFE: Duration = Duration::from_secs(2 * 60);
pub const DEVICE_LINKS_MAX: usize = 10_000;
/// The setup code lives this long, then another one is printed (S16).
pub const SETUP_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Characters of one that somebody chose.
pub const SETUP_CODE_CHARS: RangeInclusive<usize> = 20..=128;
/// Uses that an invite may have.
pub const INVITE_USES_MAX: u32 = 10_000;

/// The local authority and its leaves, days (S2; Mozilla's profile "intermediate" asks for at most 366).
pub const CA_LIFE_DAYS: i64 = 3_650;
pub const LEAF_LIFE_DAYS: i64 = 365;
/// How often files of certificates are looked at for change, and all else that may make a certificate due.
pub const CERTIFICATE_LOOK_PERIOD: Duration = Duration::from_secs(5);
pub const CERTIFICATE_CHECK_PERIOD: Duration = Duration::from_secs(3600);
/// Bytes of a file with a certificate and its chain, or with a key.
pub const CERTIFICATE_BYTES_MAX: u64 = 256 * 1024;
/// The last part of a life, in which one that was not renewed is a matter for people.
pub const CERTIFICATE_LAST_PART: f64 = 0.15;
/// The header of the PROXY protocol, bytes: two addresses and what a proxy adds to them.
pub const PROXY_HEADER_BYTES_MAX: usize = 4 * 1024;

/// An order of a certificate: one request, an answer's bytes, waiting for proof or paper, and all of it.
pub const ACME_REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
pub const ACME_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
pub const ACME_ANSWER_BYTES_MAX: usize = 1024 * 1024;
pub const ACME_WAIT: Duration = Duration::from_secs(90);
pub const ACME_ORDER_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// After a failed order: the first pause where an authority could not be reached, the first where it found no proof (each
/// order tries two, and Let's Encrypt allows five failures an hour), and the longest.
pub const ACME_PAUSE_UNREACHABLE: Duration = Duration::from_secs(60);
pub const ACME_PAUSE_UNPROVEN: Duration = Duration::from_secs(20 * 60);
pub const ACME_PAUSE_MAX: Duration = Duration::from_secs(6 * 3600);
/// An authority is believed about when to come again up to this.
pub const ACME_RETRY_AFTER_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// How often an authority is asked when it wants a certificate to be renewed (RFC 9773).
pub const ACME_ADVICE_PERIOD: Duration = Duration::from_secs(6 * 3600);
/// Orders that admins may ask for in an hour, beside those that are due; and how long one who asks waits for the end.
pub const ACME_FORCED_PER_HOUR: u64 = 4;
pub const ACME_FORCED_WAIT: Duration = Duration::from_secs(25);
/// How often an order begins again at once because its authority did not take its own nonces.
pub const ACME_STALE_TRIES: usize = 5;
/// Characters of what an authority says of a failure that are kept.
pub const ACME_WHY_CHARS_MAX: usize = 500;

/// Characters of a question that are looked at, clauses of it, and hits that can be paged through by how good they are.
pub const SEARCH_QUERY_CHARS_MAX: usize = 1_000;
pub const SEARCH_CLAUSES_MAX: usize = 32;
pub const SEARCH_DEPTH_MAX: u64 = 1_000;
/// Bytes of a word in the index, and parts of one that are found by themselves.
pub const SEARCH_WORD_BYTES_MAX: usize = 96;
pub const SEARCH_PARTS_MAX: usize = 12;
/// Words that the open end of a phrase may stand for; rooms up to which a question goes by them first.
pub const SEARCH_EXPANSIONS_MAX: u32 = 200;
pub const SEARCH_ROOMS_NAMED: usize = 64;
/// How long one question may be looked up, messages between two looks at the clock, questions at once, and how long one
/// waits for its turn (S38).
pub const SEARCH_BUDGET: Duration = Duration::from_millis(200);
pub const SEARCH_BLOCK: usize = 256;
pub const SEARCHES_AT_ONCE: usize = 4;
pub const SEARCH_TURN_WAIT: Duration = Duration::from_secs(1);
/// Characters of a hit that are shown, those before its first mark, and marks that are looked for.
pub const SNIPPET_CHARS: usize = 200;
pub const SNIPPET_LEAD_CHARS: usize = 50;
pub const SNIPPET_MARKS_MAX: usize = 200;
/// The index takes over what happened at most this often; while it is made anew it is written down less often.
pub const SEARCH_COMMIT_PERIOD: Duration = Duration::from_secs(1);
pub const SEARCH_BUILD_COMMIT_PERIOD: Duration = Duration::from_secs(5);
/// Messages that it takes over in one step, and ids of the log that it reads in one.
pub const SEARCH_BUILD_ROWS: usize = 2_000;
pub const SEARCH_WINDOW_IDS: u64 = 20_000;
/// Memory of what is not written yet (tantivy takes no less), and how long it is kept when nothing happens.
pub const SEARCH_WRITER_BYTES: usize = 15_000_000;
pub const SEARCH_IDLE: Duration = Duration::from_secs(10);
/// How often an index in which nothing changes says that it missed nothing.
pub const SEARCH_MARK_PERIOD: Duration = Duration::from_secs(3600);
/// Files of the index in which words of deleted messages are left are written anew so often.
pub const SEARCH_FORGET_PERIOD: Duration = Duration::from_secs(6 * 3600);
/// An index that cannot be kept is tried again after so long.
pub const SEARCH_RETRY_MIN: Duration = Duration::from_millis(500);
pub const SEARCH_RETRY_MAX: Duration = Duration::from_secs(60);

pub const HOUR_MS: u64 = 3_600_000;
