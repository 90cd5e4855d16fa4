//! What a running server shares: the store, the hub, who is signed in, the brakes. It wires commits to the hub.
mod backing;
mod latest;
mod process;
mod proxies;
mod pulse;
mod settings;
mod storage;
mod uploads;

pub use latest::{Latest, Marked};
pub use process::Process;
pub use proxies::{Proxies, Seen};
pub use pulse::Pulse;
pub use settings::Settings;
pub use storage::{Compaction, Ended, Storage};
pub use uploads::{Swept, Turn, Uploads};

use crate::auth::bans::Bans;
use crate::auth::confirmed::Confirmed;
use crate::auth::key::{self, Keys};
use crate::auth::link::Links;
use crate::auth::passkey::Challenges;
use crate::auth::password::{Cost, Passwords};
use crate::auth::rate::Rate;
use crate::auth::required::Required;
use crate::auth::session::{self, Sessions};
use crate::auth::setup::Setup;
use crate::auth::signing::Signing;
use crate::auth::turn::Turns;
use crate::auth::who::{Pass, Who};
use crate::auth::{device, invite, reset, throttle};
use crate::backups::Backups;
use crate::chat::audit::{Action, By, Subject};
use crate::chat::inspection::KnownSizes;
use crate::chat::retention::{self, Policy};
use crate::chat::{audit, ban, erase, log, receipt};
use crate::clock;
use crate::config::{Config, Limits, Retention, TlsMode};
use crate::error::{Fault, Result};
use crate::event::{Announcement, Event};
use crate::figures::Figures;
use crate::hub::{Close, Hub, Seats};
use crate::id::Id;
use crate::limits::{self, ACME_FORCED_PER_HOUR, EXPORTS_PER_HOUR};
use crate::names::Names;
use crate::search::Search;
use crate::store::{Space, Store};
use crate::tls::Tls;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, mpsc};

pub struct App {
    /// As the server began with it; what may change since is in `live()`.
    pub config: Config,
    pub settings: Arc<Settings>,
    pub names: Names,
    pub store: Store,
    pub space: Space,
    pub storage: Storage,
    pub hub: Arc<Hub>,
    pub seats: Arc<Seats>,
    pub sessions: Arc<Sessions>,
    pub bans: Arc<Bans>,
    pub keys: Arc<Keys>,
    /// What signs access tokens.
    pub signing: Arc<Signing>,
    pub passwords: Passwords,
    pub setup: Setup,
    pub challenges: Challenges,
    pub links: Links,
    pub confirmed: Confirmed,
    pub required: Arc<Required>,
    pub rates: Rates,
    pub figures: Arc<Figures>,
    /// Read marks and cursors of receipt on their way to the writer.
    pub reads: Arc<Latest<(Id, Id)>>,
    pub received: Arc<Latest<Id>>,
    pub uploads: Arc<Uploads>,
    /// What was said, to be found again.
    pub search: Arc<Search>,
    /// Searches at the same time.
    pub searching: Semaphore,
    pub backups: Arc<Backups>,
    /// Attempts to sign in, one at a time for an account and network.
    pub turns: Turns,
    pub started: Instant,
    /// Connections that read their snapshot at the same time: each holds its replay in memory.
    pub resumes: Semaphore,
    /// The certificate, where TLS is spoken.
    pub tls: OnceLock<Arc<Tls>>,
    /// Where the listeners really are, once they listen.
    pub listening: OnceLock<Vec<SocketAddr>>,
    pub proxies: Proxies,
    pub pulse: Pulse,
    pub room_sizes: Arc<KnownSizes>,
    last_connection: AtomicU64,
}

/// How often each may do what (PROTOCOL, Configuration).
pub struct Rates {
    pub messages: Rate<Id>,
    /// Reactions, pins and what is saved.
    pub reactions: Rate<Id>,
    pub reads: Rate<Id>,
    pub searches: Rate<Id>,
    pub rooms: Rate<Id>,
    pub invites: Rate<Id>,
    /// Of one's own data.
    pub exports: Rate<Id>,
    pub registrations: Rate<IpAddr>,
    /// Orders of certificates that are not due.
    pub certificates: Rate<()>,
    /// Looks at invites and reset links.
    pub links: Rate<IpAddr>,
}

/// Looks at links that an address may have in a minute, with a burst as large.
const LINKS_PER_MINUTE: u64 = 60;

impl App {
    /// Opens the data folder and starts the threads and tasks that serve it.
    pub fn start(config: Config, names: Names) -> Result<Arc<App>> {
        let sessions = Arc::new(Sessions::default());
        let (queue, announced) = mpsc::channel(limits::HUB_QUEUE);
        let bans = Arc::new(Bans::default());
        let keys = Arc::new(Keys::default());
        let live = (sessions.clone(), keys.clone(), bans.clone());
        let freeing = Arc::<Notify>::default();
        let bell = freeing.clone();
        let required = Arc::new(Required::default());
        let concerned = required.clone();
        let search = Arc::new(Search::of(&config.data));
        let feed = search.feed();
        let told = Box::new(move |batch: Vec<Announcement>| {
            feed.announced(&batch);
            after_commit((&live.0, &live.1, &live.2, &concerned), &bell, &queue, batch);
        });
        let setup = Setup::open(config.auth.setup_code_file.as_deref())?;
        let store = Store::open(&config.data, told)?;
        let uploads = Arc::new(Uploads::new(&store.snapshot()?, freeing)?);
        sessions.load(&store.snapshot()?)?;
        keys.load(&store.snapshot()?)?;
        bans.load(&store.snapshot()?)?;
        let signing = Arc::new(Signing::open(&config.data)?);
        let settings = Arc::new(Settings::open(&config, &store.snapshot()?)?);
        let cost = Cost { memory_kib: config.auth.argon2_memory_kib, iterations: config.auth.argon2_iterations };
        let figures = Arc::<Figures>::default();
        let hub = Arc::new(Hub::new(figures.clone()));
        hub.set_discreet(receipt::discreet(&store.snapshot()?)?);
        let app = Arc::new(App {
            backups: Arc::new(Backups::new(&config, store.clone())),
            reads: Arc::default(),
            received: Arc::default(),
            uploads,
            search,
            searching: Semaphore::new(limits::SEARCHES_AT_ONCE),
            passwords: Passwords::start(cost, config.auth.password_min)?,
            rates: Rates::default(),
            figures,
            space: Space::of(&config.data),
            storage: Storage::default(),
            settings,
            config,
            names,
            store,
            hub: hub.clone(),
            seats: Arc::default(),
            sessions,
            bans,
            keys,
            signing,
            setup,
            challenges: Challenges::default(),
            links: Links::default(),
            confirmed: Confirmed::default(),
            required,
            turns: Turns::default(),
            started: Instant::now(),
            resumes: Semaphore::new(limits::RESUMES_AT_ONCE),
            tls: OnceLock::new(),
            listening: OnceLock::new(),
            proxies: Proxies::default(),
            pulse: Pulse::default(),
            room_sizes: Arc::default(),
            last_connection: AtomicU64::new(0),
        });
        app.begin_settings()?;
        tokio::spawn(announce(hub, app.required.clone(), announced));
        Ok(app)
    }

    /// A number for a connection, never given twice.
    pub fn connection_number(&self) -> u64 {
        self.last_connection.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether an address is kept out. The operator is at home.
    pub fn bars(&self, from_outside: bool, address: IpAddr) -> bool {
        from_outside && self.bans.hit(address, clock::now())
    }

    /// Whether what somebody came in with is still good.
    pub fn is_live(&self, who: &Who) -> bool {
        let is_live = match who.pass {
            Pass::Key { key, .. } => self.keys.is_live(&key, clock::now()),
            _ => who.session.is_none_or(|session| self.sessions.is_live(&session)),
        };
        is_live && !self.bars(who.pass != Pass::Operator, who.address)
    }

    /// Removes what is too old, in small steps, for ever.
    pub async fn keep_tidy(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(limits::JANITOR_PERIOD);
        loop {
            ticks.tick().await;
            // What cannot be written is not cleaned either.
            if !self.store.is_well() {
                continue;
            }
            if let Err(error) = self.tidy().await {
                tracing::warn!(%error, "cleaning did not finish");
            }
        }
    }

    async fn tidy(&self) -> Result<()> {
        while self.store.change(log::prune).await? {}
        let mut erased = false;
        while self.store.change(erase::step).await? {
            erased = true;
        }
        if erased {
            self.search.forget();
        }
        self.expire().await?;
        let days = self.live().audit_days;
        while self.store.change(move |change| audit::tidy(change, days)).await? {}
        let signing = self.signing.clone();
        let tidied = tokio::task::spawn_blocking(move || signing.tidy(clock::now())).await;
        tidied.map_err(Fault::new)??;
        let (used, used_keys) = (self.sessions.used(), self.keys.used());
        self.store
            .change(move |change| {
                session::tidy(change, &used)?;
                key::tidy(change, &used_keys)?;
                throttle::prune(change)?;
                device::prune(change)?;
                invite::prune(change)?;
                for over in ban::prune(change)? {
                    audit::record(change, &By::SERVER, Action::BanRemoved, &[Subject::Ban(over.id)], &[])?;
                }
                reset::prune(change)
            })
            .await
    }

    /// Removes what is older than the server, or its room, keeps it.
    pub async fn expire(&self) -> Result<()> {
        let Retention { messages_days, files_days } = self.live().retention;
        let policy = Policy { messages_days, files_days };
        for due in self.store.read(move |view| retention::due(view, policy, clock::now())).await? {
            while self.store.change(move |change| retention::step(change, due)).await? {}
        }
        Ok(())
    }

    /// The address to print in links when nobody's request says a better one.
    pub fn first_url(&self) -> String {
        let server = &self.config.server;
        let scheme = if server.tls == TlsMode::Off { "http" } else { "https" };
        match self.listening.get().unwrap_or(&server.listen).first() {
            // A proxy in front speaks for the configured name.
            _ if !server.hosts.is_empty() && !server.trusted_proxies.is_empty() => self.best_url(443, "https"),
            Some(address) if server.hosts.is_empty() && !address.ip().is_unspecified() => {
                format!("{scheme}://{address}")
            }
            Some(address) => self.best_url(address.port(), scheme),
            None => self.best_url(8443, scheme),
        }
    }

    fn best_url(&self, port: u16, scheme: &str) -> String {
        self.names.urls(port, scheme).into_iter().next().unwrap_or_else(|| format!("{scheme}://localhost:{port}"))
    }

    /// One line on how it goes, for who looks at the service (`systemctl status`).
    pub fn in_short(&self) -> String {
        match self.hub.connections() {
            0 => "nobody is connected".to_owned(),
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        }
    }

    /// Tells every connection to come back soon.
    pub fn say_restart(&self) {
        self.hub.close_all(Close::RESTART);
    }
}

/// On the writer's thread: who is signed in is known before anybody is answered; the rest goes to the hub's own task.
fn after_commit(
    (sessions, keys, bans, required): (&Sessions, &Keys, &Bans, &Required),
    freeing: &Notify,
    queue: &mpsc::Sender<(Instant, Vec<Announcement>)>,
    batch: Vec<Announcement>,
) {
    for announcement in &batch {
        match &announcement.event {
            Event::SessionOpened { key, session } => sessions.opened(*key, (**session).clone()),
            Event::SessionEnded { key } => sessions.ended(key),
            Event::BanAdded { id, nets, expires_at } => bans.added(*id, nets, *expires_at),
            Event::BanLifted { id } => bans.lifted(*id),
            Event::KeyOpened { key, row } => keys.opened(*key, (**row).clone()),
            Event::KeyEnded { key } => keys.ended(key),
            Event::FactorsChanged { user, any } => required.changed(*user, *any),
            Event::UserUpdated(user) => required.ranked(user.id, user.row.role),
            Event::BlobsFreeing => freeing.notify_one(),
            _ => {}
        }
    }
    // The hub ends only with the process.
    let _ = queue.blocking_send((Instant::now(), batch));
}

async fn announce(hub: Arc<Hub>, required: Arc<Required>, mut announced: mpsc::Receiver<(Instant, Vec<Announcement>)>) {
    while let Some((committed, batch)) = announced.recv().await {
        hub.publish(&batch, committed).await;
        for announcement in &batch {
            match &announcement.event {
                // Who must have a second factor from now on comes back, and is told so at the door.
                Event::UserUpdated(user) if required.lacks(user.id) => hub.close_person(user.id, Close::RESTART),
                Event::FactorsChanged { user, .. } if required.lacks(*user) => hub.close_person(*user, Close::RESTART),
                _ => {}
            }
        }
    }
}

impl Rates {
    /// What is limited from now on.
    fn adjust(&self, limits: &Limits) {
        let second = Duration::from_secs(1);
        let hour = Duration::from_secs(3600);
        // They are ways to sign in: no limit there is none here.
        let links = if limits.logins_per_10_min == 0 { 0 } else { LINKS_PER_MINUTE };
        self.messages.adjust(limits.messages_per_second, second, limits.messages_burst);
        self.reactions.adjust(limits.reactions_per_second, second, limits.reactions_per_second.saturating_mul(2));
        self.reads.adjust(limits.reads_per_second, second, limits.reads_per_second.saturating_mul(2));
        self.searches.adjust(limits.searches_per_second, second, limits.searches_per_second.saturating_mul(2));
        self.rooms.adjust(limits.rooms_per_hour, hour, limits.rooms_per_hour);
        self.invites.adjust(limits.invites_per_hour, hour, limits.invites_per_hour);
        self.registrations.adjust(limits.registrations_per_hour, hour, limits.registrations_per_hour);
        self.links.adjust(links, Duration::from_secs(60), links);
    }
}

impl Default for Rates {
    /// No limits but those that nobody sets.
    fn default() -> Self {
        let hour = Duration::from_secs(3600);
        Rates {
            messages: Rate::default(),
            reactions: Rate::default(),
            reads: Rate::default(),
            searches: Rate::default(),
            rooms: Rate::default(),
            invites: Rate::default(),
            exports: Rate::new(EXPORTS_PER_HOUR, hour, EXPORTS_PER_HOUR),
            registrations: Rate::default(),
            certificates: Rate::new(ACME_FORCED_PER_HOUR, hour, ACME_FORCED_PER_HOUR),
            links: Rate::default(),
        }
    }
}
