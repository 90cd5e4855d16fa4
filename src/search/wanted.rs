//! A question with the names in it found: which rooms, which people, which moments. Made of what the asker may know now.
use super::asked::{Asked, What, folded_name};
use super::day::Days;
use crate::chat::{direct, saved};
use crate::clock::Millis;
use crate::error::Result;
use crate::id::Id;
use crate::store::Direction;
use crate::store::View;
use crate::store::tables::{DIRECTS, ROOMS, ROOMS_OF, USERNAMES, USERS};
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

/// What is looked for, and where.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub asked: Asked,
    /// The rooms of the asker that are looked into.
    pub rooms: HashSet<Id>,
    /// They are few, because the asker named them.
    pub in_named: bool,
    /// One of these said it; None: anybody.
    pub from: Option<BTreeSet<Id>>,
    pub not_from: BTreeSet<Id>,
    /// It calls one of each.
    pub to: Vec<BTreeSet<Id>>,
    pub not_to: BTreeSet<Id>,
    /// It is one of these; None: any.
    pub ids: Option<BTreeSet<Id>>,
    pub not_ids: BTreeSet<Id>,
    pub moments: Vec<Range<Millis>>,
    pub not_moments: Vec<Range<Millis>>,
}

/// Who asks, and when.
#[derive(Debug, Clone, Copy)]
pub struct Asker {
    pub user: Id,
    /// Minutes east of Greenwich.
    pub minutes_east: i32,
    pub now: Millis,
}

impl Asker {
    /// The day of who asks.
    pub fn today(&self) -> Days {
        Days::of(self.now, self.minutes_east)
    }
}

/// Finds the names of a question. `reaches`: whether the asker's credential leads into a room.
pub fn wanted(view: &dyn View, asker: Asker, asked: Asked, reaches: impl Fn(Id) -> bool) -> Result<Wanted> {
    let mine = ROOMS_OF.list(view, (asker.user, 0)..=(asker.user, u64::MAX), usize::MAX)?;
    let rooms: HashSet<Id> = mine.into_iter().map(|((_, room), ())| room).filter(|room| reaches(*room)).collect();
    let mut wanted = Wanted { rooms, ..Wanted::default() };
    let (mut inside, mut outside) = (None::<HashSet<Id>>, HashSet::new());
    for clause in &asked.clauses {
        let negated = clause.negated;
        match &clause.what {
            What::Words(_) | What::Has(_) => {}
            What::From(name) if negated => wanted.not_from.extend(people(view, asker.user, name)?),
            What::From(name) => wanted.from.get_or_insert_default().extend(people(view, asker.user, name)?),
            What::To(name) => {
                let mut called = people(view, asker.user, name)?;
                called.insert(super::index::EVERYBODY);
                match negated {
                    true => wanted.not_to.extend(called),
                    // Nobody of that name is called by anybody.
                    false if called.len() == 1 => wanted.to.push(BTreeSet::new()),
                    false => wanted.to.push(called),
                }
            }
            What::In(name) => {
                let named = rooms_named(view, asker.user, &wanted.rooms, name)?;
                if negated { &mut outside } else { inside.get_or_insert_default() }.extend(named);
            }
            What::Before(days) => wanted.time(negated, 0..days.moments(asker.minutes_east).start),
            What::After(days) => wanted.time(negated, days.moments(asker.minutes_east).end..Millis::MAX),
            What::On(days) => wanted.time(negated, days.moments(asker.minutes_east)),
            What::Saved => {
                let kept: BTreeSet<Id> = saved::ids(view, asker.user)?.into_iter().collect();
                match negated {
                    true => wanted.not_ids.extend(kept),
                    false => wanted.ids = Some(kept),
                }
            }
        }
    }
    wanted.in_named = inside.is_some();
    let fits = |room: &Id| inside.as_ref().is_none_or(|inside| inside.contains(room)) && !outside.contains(room);
    wanted.rooms.retain(fits);
    wanted.asked = asked;
    Ok(wanted)
}

impl Wanted {
    /// Whether nothing can be found, wherever it is looked.
    pub fn is_nothing(&self) -> bool {
        self.asked.clauses.is_empty()
            || self.rooms.is_empty()
            || self.from.as_ref().is_some_and(BTreeSet::is_empty)
            || self.ids.as_ref().is_some_and(BTreeSet::is_empty)
            || self.to.iter().any(BTreeSet::is_empty)
    }

    /// Whether it does not matter when something was said.
    pub fn is_any_time(&self) -> bool {
        self.moments.is_empty() && self.not_moments.is_empty()
    }

    /// Whether a message that was said then is meant.
    pub fn fits_time(&self, at: Millis) -> bool {
        self.moments.iter().all(|span| span.contains(&at)) && !self.not_moments.iter().any(|span| span.contains(&at))
    }

    fn time(&mut self, negated: bool, span: Range<Millis>) {
        if negated { &mut self.not_moments } else { &mut self.moments }.push(span);
    }
}

/// The people of a name: a username, else a name in full; `me` is who asks.
fn people(view: &dyn View, me: Id, name: &str) -> Result<BTreeSet<Id>> {
    if name.eq_ignore_ascii_case("me") {
        return Ok(BTreeSet::from([me]));
    }
    if let Some(user) = USERNAMES.get(view, &name.to_ascii_lowercase())? {
        return Ok(BTreeSet::from([user]));
    }
    let folded = folded_name(name);
    let mut found = BTreeSet::new();
    USERS.walk(view, .., Direction::Up, |user, row| {
        if !row.deleted && folded_name(&row.name) == folded {
            found.insert(user);
        }
        Ok(true)
    })?;
    Ok(found)
}

/// The rooms of the asker that a name means: `#general`, `Design team`, `design-team`, `@bob` for the direct with him, an id.
fn rooms_named(view: &dyn View, me: Id, mine: &HashSet<Id>, name: &str) -> Result<HashSet<Id>> {
    let mut found = HashSet::new();
    if !name.starts_with('@') {
        let plain = name.strip_prefix('#').unwrap_or(name);
        let folded = folded_name(plain);
        for room in mine {
            let row = ROOMS.seen(view, *room)?;
            let own = row.and_then(|row| row.name).map(|name| folded_name(&name)).unwrap_or_default();
            if !own.is_empty() && (own == folded || own.replace(' ', "-") == folded) {
                found.insert(*room);
            }
        }
        if found.is_empty()
            && let Ok(room) = plain.parse()
            && mine.contains(&room)
        {
            found.insert(room);
        }
    }
    if found.is_empty() && !name.starts_with('#') {
        for other in people(view, me, name.strip_prefix('@').unwrap_or(name))? {
            if let Some(room) = DIRECTS.get(view, &direct::key(&[me, other]))?
                && mine.contains(&room)
            {
                found.insert(room);
            }
        }
    }
    Ok(found)
}
