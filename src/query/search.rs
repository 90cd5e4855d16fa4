//! What was said, found again: the index says where to look, and each hit is asked for once more as if it were opened.
use crate::app::App;
use crate::auth::who::Who;
use crate::auth::{Access, Need, Place, authorize};
use crate::chat::message::{self, List};
use crate::clock;
use crate::error::{self, Error, Fault, Result};
use crate::event::MessageView;
use crate::id::Id;
use crate::limits::{SEARCH_BUDGET, SEARCH_TURN_WAIT};
use crate::search::{self, Asker, Found, Hit, Hits, Part, Sort};
use crate::store::Snapshot;
use std::time::Instant;

/// What is looked for, and which part of what is found is shown.
pub struct Question {
    pub text: String,
    pub sort: Sort,
    pub cursor: Option<u64>,
    pub limit: usize,
    /// Of who asks, for days: minutes east of Greenwich.
    pub minutes_east: i32,
}

pub async fn search(app: &App, who: &Who, question: Question) -> Result<Hits> {
    let user = who.person()?;
    app.rates.searches.take(user, "You are searching faster than this server allows.")?;
    let since = Instant::now();
    let turn = tokio::time::timeout(SEARCH_TURN_WAIT, app.searching.acquire()).await;
    let _turn = turn.map_err(|_| error::busy())?.map_err(|_| error::busy())?;
    let (index, who) = (app.search.clone(), who.clone());
    // Before the snapshot: whoever waits for the index keeps no pages of the database from being used again.
    let look = tokio::task::spawn_blocking({
        let index = index.clone();
        move || index.look()
    });
    let look = look.await.map_err(Fault::new)??;
    let hits = app
        .store
        .read(move |view| {
            let began = Instant::now();
            let asker = Asker { user, minutes_east: question.minutes_east, now: clock::now() };
            let asked = search::parse(&question.text, asker.today());
            let wanted = search::wanted(view, asker, asked, |room| who.reaches(room))?;
            let part = Part {
                sort: question.sort,
                cursor: question.cursor,
                limit: question.limit,
                now: asker.now,
                deadline: began + SEARCH_BUDGET,
            };
            let Found { places, next, total, partial } = index.find(&look, &wanted, part)?;
            let (mut messages, mut snippets) = (Vec::new(), Vec::new());
            for (room, id) in places {
                let Some(message) = seen(view, &who, user, room, id)? else { continue };
                let names: Vec<&str> = message.files.iter().map(|file| file.row.name.as_str()).collect();
                snippets.push(search::snippet(&wanted.asked, &message.row.text, &names));
                messages.push(message);
            }
            let List { messages, users, .. } = List::new(view, messages, None)?;
            let hits = messages.into_iter().zip(snippets).map(|(message, snippet)| Hit { message, snippet }).collect();
            Ok(Hits { hits, users, next, total, took: began.elapsed(), partial })
        })
        .await?;
    app.figures.search.observe(since.elapsed().as_secs_f64());
    Ok(hits)
}

/// A hit, if who asks may read it now and it is still there (S31).
fn seen(view: &Snapshot, who: &Who, user: Id, room: Id, id: Id) -> Result<Option<MessageView>> {
    let found = authorize(Some(who), Access::Person, Need::Read, Place::Room(room))
        .and_then(|()| message::find(view, user, room, id));
    match found {
        Ok(message) if search::is_findable(&message.row) => Ok(Some(message)),
        Ok(_) | Err(Error::Refused(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}
