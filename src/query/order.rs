//! Questions about who is kept out.
use super::ask;
use crate::app::App;
use crate::auth::who::Who;
use crate::chat::{ban, outcast};
use crate::clock;
use crate::error::Result;
use crate::event::UserView;
use crate::id::Id;

pub async fn bans(app: &App, who: &Who) -> Result<(Vec<ban::Listed>, Vec<UserView>)> {
    let asker = who.asker;
    ask(app, who, move |view| ban::list(view, asker, clock::now())).await
}

pub async fn room_bans(app: &App, who: &Who, room: Id) -> Result<Vec<outcast::Listed>> {
    let user = who.person()?;
    ask(app, who, move |view| outcast::list(view, user, room)).await
}
