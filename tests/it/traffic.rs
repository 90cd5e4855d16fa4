//! In a room of a thousand nothing that one person does is answered by a thousand others: frames are counted.
use crate::support::{DEADLINE, World};
use snug::auth::who::Who;
use snug::chat::message::Draft;
use snug::chat::permission::Asker;
use snug::chat::room::NewRoom;
use snug::chat::user::NewUser;
use snug::chat::{member, room, user};
use snug::hub::Mailbox;
use snug::id::Id;
use snug::row::{Role, RoomKind, RoomRole};
use snug::wire::Presence;
use snug::{command, query};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

const MANY: usize = 1_000;

/// A thousand people, each with one connection, in one room.
struct Crowd {
    world: World,
    room: Id,
    people: Vec<(Who, Arc<Mailbox>)>,
}

impl Crowd {
    async fn gathers() -> Crowd {
        let world = World::new().await;
        let founder = world.owner("ann").await.id;
        let made = world.app.store.change(move |change| {
            let new = NewRoom {
                name: "square".into(),
                topic: None,
                description: None,
                kind: RoomKind::Public,
                members: Vec::new(),
            };
            let room = room::create(change, founder, &new)?.id;
            let mut people = vec![founder];
            for number in 1..MANY {
                let new =
                    NewUser { username: format!("person{number}"), name: None, role: Role::Member, password: None };
                let person = user::create(change, &new)?.id;
                member::enter(change, room, person, RoomRole::Member, None)?;
                people.push(person);
            }
            Ok((room, people))
        });
        let (room, ids) = made.await.unwrap();
        let since = query::resume(&world.app, &Who::OPERATOR, founder, None).await.unwrap().cursor;
        let mut people = Vec::new();
        for id in ids {
            let mailbox = Arc::new(Mailbox::new(world.app.connection_number(), id, None, since));
            world.app.hub.connect(&mailbox, HashSet::from([room])).unwrap();
            people.push((Who { asker: Asker::Person(id), session: None, ..Who::OPERATOR }, mailbox));
        }
        let mut crowd = Crowd { world, room, people };
        crowd.frames().await;
        crowd
    }

    async fn says(&self, who: usize, text: &str) -> Id {
        let draft = Draft { text: text.into(), ..Draft::default() };
        let sent = command::send(&self.world.app, &self.people[who].0, self.room, draft).await.unwrap();
        sent.await.unwrap().view.id
    }

    /// How many frames were told to all together since the last time.
    async fn frames(&mut self) -> usize {
        // Commits are told in their order: after this one everything before it was.
        let marker = format!("marker {}", self.world.app.connection_number());
        self.says(0, &marker).await;
        let mut frames = 0;
        let since = Instant::now();
        let last = &self.people[MANY - 1].1;
        loop {
            let taken = last.take().frames;
            frames += taken.len();
            let is_marker = |frame: &bytes::Bytes| String::from_utf8_lossy(frame).contains(&marker);
            if taken.iter().any(is_marker) {
                break;
            }
            assert!(since.elapsed() < DEADLINE, "the marker did not come");
            tokio::time::timeout(DEADLINE, last.woken()).await.unwrap();
        }
        // The marker went to everybody under one lock.
        for (_, mailbox) in &self.people[..MANY - 1] {
            frames += mailbox.take().frames.len();
        }
        frames - MANY
    }
}

#[tokio::test]
async fn in_a_room_of_a_thousand_no_action_costs_more_than_one_frame_each() {
    let mut crowd = Crowd::gathers().await;
    let (app, room) = (crowd.world.app.clone(), crowd.room);
    let who = |crowd: &Crowd, one: usize| crowd.people[one].0.clone();

    let said = crowd.says(1, "hello all").await;
    assert_eq!(crowd.frames().await, MANY, "a message: one to each");

    app.hub.typing(who(&crowd, 2).person().unwrap(), room);
    assert_eq!(crowd.frames().await, MANY - 1, "typing: one to each other");
    for one in 3..MANY {
        app.hub.typing(who(&crowd, one).person().unwrap(), room);
    }
    let frames = crowd.frames().await;
    assert!(frames <= 5 * MANY, "all type at once: a few are shown, {frames} frames");

    app.hub.set_presence(&crowd.people[4].1, Presence::Away);
    assert_eq!(crowd.frames().await, MANY - 1, "presence: one to each other");
    app.hub.set_presence(&crowd.people[4].1, Presence::Away);
    assert_eq!(crowd.frames().await, 0, "and nothing when nothing changes");

    command::read(&app, &who(&crowd, 5), room, said).unwrap().await.unwrap().unwrap();
    assert_eq!(crowd.frames().await, 1, "reading: to one's own devices only");
    let newest = crowd.says(1, "all of you read this").await;
    crowd.frames().await;
    for one in 0..MANY {
        command::received(&app, &who(&crowd, one), newest).unwrap().await.unwrap().unwrap();
        command::read(&app, &who(&crowd, one), room, newest).unwrap().await.unwrap().unwrap();
    }
    let frames = crowd.frames().await;
    assert!(frames <= MANY, "all receive and read one message: {frames} frames, not a million");

    command::react(&app, &who(&crowd, 6), room, said, "👍").await.unwrap();
    assert_eq!(crowd.frames().await, MANY, "a reaction: one to each");

    command::edit_room_me(&app, &who(&crowd, 7), room, Default::default()).await.unwrap();
    assert_eq!(crowd.frames().await, 1, "one's own side of a room: to one's own devices");
}
