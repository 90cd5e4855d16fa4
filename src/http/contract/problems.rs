//! The words by which programs tell problems apart, and what each means.

/// Every code that an answer or a frame may carry.
pub const CODES: &[(&str, &str)] = &[
    ("already_set_up", "This server has an owner already."),
    ("announcements_only", "Only admins post in this room."),
    ("archived", "The room is archived: it can be read, not changed."),
    ("bad_token", "The credential in `Authorization` is not known, or no longer valid."),
    ("ban_stands", "The person is banned: the ban is lifted first."),
    ("banned", "Who asks is kept out, or the address from which they do."),
    ("bot", "A bot has keys: no password and no rank."),
    ("busy", "The server is busy. Try again after `Retry-After` seconds."),
    ("call_forbidden", "Only admins of the room may call everybody in it."),
    ("changed", "The file is not the one that the condition asks for."),
    ("checksum_mismatch", "The bytes are not what their checksum says; none of them were kept."),
    ("cross_origin", "A page of another origin asked for a change with this browser's cookie."),
    ("damaged", "The stored data is damaged: the operator runs `snug check`."),
    ("direct", "Not with a direct."),
    ("forbidden", "This needs a higher role."),
    ("https_only", "This port speaks HTTPS only."),
    ("internal", "Something broke on the server's side. It was written to the log."),
    ("invalid", "Understood, but not acceptable; `field` names what is at fault."),
    ("invite_gone", "The invite no longer works."),
    ("invite_needed", "New people need an invite."),
    ("key_limited", "The API key is limited to other rooms."),
    ("last_admin", "The room's last admin names a successor first."),
    ("last_owner", "The server's last owner names another one first."),
    ("length_known", "The upload has another length."),
    ("locked", "The data is locked by another process."),
    ("malformed", "Not understood: the request is not well-formed."),
    ("method_not_allowed", "The address does not answer to this method; `Allow` names those it does."),
    ("name_taken", "Another room has this name already."),
    ("not_a_member", "Only members of the room can do this."),
    ("not_a_part", "Bytes of an upload are sent as `application/offset+octet-stream`."),
    ("not_a_websocket", "The address is opened as a WebSocket, version 13."),
    ("not_an_image", "The body is not a picture of a type that is taken."),
    ("not_found", "There is no such thing, or it is not visible to who asks."),
    ("not_json", "The body is sent as `application/json`."),
    ("not_signed_in", "A credential is needed."),
    ("notice", "Notices of what happened cannot be changed."),
    ("pin_forbidden", "Only admins of the room pin messages."),
    ("quota_exceeded", "The files of this person, or of all, would be more than may be kept."),
    ("range", "The file has no such part."),
    ("registration_closed", "The server takes no new people by themselves."),
    ("reset_gone", "The link no longer works."),
    ("room_banned", "The person is kept out of this room."),
    ("scope_missing", "The API key has not the scope that this needs."),
    ("setup_needed", "The server has no owner yet."),
    ("storage_full", "The server's disk is full."),
    ("too_large", "More bytes than are taken here."),
    ("too_many", "Too often; try again after `Retry-After` seconds."),
    ("too_many_bans", "As many are kept out as may be."),
    ("too_many_drafts", "More drafts than one person may have."),
    ("too_many_here", "`@here` calls more people than it may."),
    ("too_many_invites", "More invites than may stand at the same time."),
    ("too_many_keys", "More keys than one may have."),
    ("too_many_members", "The room has more members than receipts are told of."),
    ("too_many_pins", "The room holds as many pins as it may."),
    ("too_many_reactions", "The message has as many reactions as it may."),
    ("too_many_saved", "More messages than may be kept for later."),
    ("too_many_uploads", "More files wait to be sent than may."),
    ("too_slow", "The body took too long to arrive."),
    ("tus_version", "The version of tus that is spoken here is 1.0.0."),
    ("upload_busy", "Bytes of this upload are coming by another request."),
    ("upload_incomplete", "Not all bytes of this file have come yet."),
    ("username_taken", "Somebody has this username already."),
    ("weak_password", "The password is too easy to guess."),
    ("wrong_code", "The code is not the right one, or no longer works."),
    ("wrong_credentials", "The username or the password is wrong."),
    ("wrong_host", "The server does not answer to this name."),
    ("wrong_offset", "The upload is at another byte."),
    ("wrong_password", "The current password is wrong."),
];

/// What a code means.
pub fn meaning(code: &str) -> &'static str {
    let found = CODES.iter().find(|(name, _)| *name == code);
    found.unwrap_or_else(|| panic!("say in src/http/contract/problems.rs what {code} means")).1
}

/// The word of a status that has no name in every list.
pub fn title(status: u16) -> &'static str {
    match status {
        460 => "Checksum mismatch",
        _ => hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Refused"),
    }
}
