//! `snug serve`: everything on, and a line that says where to go.
use super::failure::{Code, Failure};
use super::{Done, Place, log, panics};
use crate::app::App;
use crate::config::{self, Config, Flags, TlsMode};
use crate::limits;
use crate::names::Names;
use crate::server::{self, Listeners, systemd};
use crate::tls::Tls;
use crate::{admin, command, query};
use clap::Args;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Run the server
#[derive(Args, Default)]
#[command(after_help = "Example: snug serve --listen 0.0.0.0:443 --host chat.example.org")]
pub struct Serve {
    /// An address to listen on, may be repeated [default: [::]:8443]
    #[arg(long, value_name = "ADDR")]
    listen: Vec<String>,
    /// auto: certificates that Snug makes; acme: from Let's Encrypt, for each --host; files: your own; off: none, on loopback
    /// or behind a proxy
    #[arg(long, value_name = "auto|off|acme|files")]
    tls: Option<String>,
    /// A name that people reach this server by, may be repeated
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
}

/// The port of plain HTTP.
const HTTP: u16 = 80;
/// Links that are printed for a listener on all addresses.
const LINKS_MAX: usize = 6;

impl Serve {
    pub fn run(self, place: &Place) -> Done {
        let flags = Flags {
            listen: self.listen,
            tls: self.tls,
            hosts: self.host,
            data: place.data.clone(),
            config: place.config.clone(),
            any_owner: false,
        };
        let config = Config::load(&flags)?;
        log::start(&config.log);
        panics::hush();
        take_all_files();
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(limits::READER_THREADS)
            .build()
            .map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
        let done = runtime.block_on(serve(config));
        runtime.shutdown_background();
        done
    }
}

async fn serve(config: Config) -> Done {
    // Before anything is printed: who reads "listening" may stop us at once.
    let (mut interrupt, mut terminate) = signals()?;
    let names = Names::of_machine(&config.server.hosts);
    let listeners = listeners(&config)?;
    let metrics = config.server.metrics_listen.as_ref().map(bound).transpose()?;
    // The store is opened first: it makes the data folder and locks it, so that no two servers touch one certificate.
    let app = App::start(config, names.clone())?;
    if let Some(tls) = Tls::open(&app.config, &names, SystemTime::now())? {
        let _ = app.tls.set(Arc::new(tls));
    }
    heed_hangup(&app)?;
    let _socket = admin::listen(app.clone()).await?;
    command::started(&app).await?;
    announce(&app, &listeners.main).await?;
    if let Some(listener) = metrics {
        if let Ok(address) = listener.local_addr() {
            println!("metrics on http://{address}/metrics");
        }
        server::serve_metrics(app.clone(), listener);
    }
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        systemd::stopping();
    };
    server::run(app, listeners, stopped).await?;
    Ok(())
}

/// SIGHUP: files are looked at now. Who started the server at a terminal and closes it means that it should stop.
fn heed_hangup(app: &Arc<App>) -> Done {
    if std::io::stdin().is_terminal() {
        return Ok(());
    }
    let mut hangup =
        signal(SignalKind::hangup()).map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
    let app = app.clone();
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::info!("SIGHUP: certificates are looked at again");
            if let Some(tls) = app.tls.get() {
                tls.look_again();
            }
        }
    });
    Ok(())
}

/// The sockets that systemd opened for us, else those that the configuration names.
fn listeners(config: &Config) -> Result<Listeners, Failure> {
    let unusable = |error| {
        Failure::new(Code::Unavailable, format!("The sockets that systemd handed over cannot be used: {error}"))
    };
    let handed = systemd::listeners().map_err(unusable)?;
    if handed.is_empty() {
        return opened(config);
    }
    let addresses: std::io::Result<Vec<SocketAddr>> = handed.iter().map(|listener| listener.local_addr()).collect();
    let addresses = addresses.map_err(unusable)?;
    if let Some(why) = config::in_the_clear(&config.server.tls, &config.server.trusted_proxies, &addresses) {
        return Err(Failure::new(Code::Configuration, format!("server.tls {why}.")));
    }
    let mut listeners = Listeners::default();
    for (listener, address) in handed.into_iter().zip(addresses) {
        let is_plain = address.port() == HTTP && config.server.tls != TlsMode::Off;
        let side = if is_plain { &mut listeners.redirect } else { &mut listeners.main };
        side.push(TcpListener::from_std(listener).map_err(unusable)?);
    }
    Ok(listeners)
}

/// Takes the ports. The one for plain HTTP that nobody asked for is not needed: names can be proven without it.
fn opened(config: &Config) -> Result<Listeners, Failure> {
    let main = config.server.listen.iter().map(bound).collect::<Result<_, _>>()?;
    let mut listeners = Listeners { main, ..Listeners::default() };
    let is_default = config.is_default("server.redirect_listen");
    for address in &config.server.redirect_listen {
        match server::bind(*address) {
            Ok(listener) => listeners.redirect.push(listener),
            Err(error) if is_default => tracing::warn!(
                "{address} cannot be listened on, so that nobody who forgets https:// is sent on: {error}. \
                 server.redirect_listen = [\"off\"] says that this is meant"
            ),
            Err(error) => return Err(not_bound(*address, &error)),
        }
    }
    Ok(listeners)
}

fn bound(address: &SocketAddr) -> Result<TcpListener, Failure> {
    server::bind(*address).map_err(|error| not_bound(*address, &error))
}

/// Prints where the server is, and the way in for the first person.
async fn announce(app: &Arc<App>, listeners: &[TcpListener]) -> Done {
    let tls = app.tls.get().is_some();
    let scheme = if tls { "https" } else { "http" };
    let addresses: std::io::Result<Vec<SocketAddr>> = listeners.iter().map(TcpListener::local_addr).collect();
    let addresses = addresses.map_err(|error| Failure::new(Code::InputOutput, error.to_string()))?;
    let links: Vec<String> = addresses.iter().flat_map(|address| links_to(&app.names, *address, scheme)).collect();
    let _ = app.listening.set(addresses);
    for link in &links {
        println!("listening on {link}");
    }
    if let (Some(tls), TlsMode::Acme(wanted)) = (app.tls.get(), &app.config.server.tls)
        && tls.state().is_waiting
    {
        let names = wanted.names.join(", ");
        println!(
            "A certificate for {names} is ordered now; until it is here, browsers warn of the one that Snug made itself."
        );
    }
    systemd::ready(&format!("listening on {}", links.join(", ")));
    if query::setup_needed(app).await? {
        print_setup(app, &links);
        let (app, links) = (app.clone(), links.clone());
        tokio::spawn(async move {
            // The code lives a day; while nobody used it, the next one is printed when it ends.
            loop {
                tokio::time::sleep(limits::SETUP_LIFE).await;
                match query::setup_needed(&app).await {
                    Ok(true) => print_setup(&app, &links),
                    _ => return,
                }
            }
        });
    }
    Ok(())
}

fn print_setup(app: &App, links: &[String]) {
    let (code, is_given) = app.setup.code();
    // What was handed over as a secret is not printed.
    let code = if is_given { "CODE".to_owned() } else { code };
    let setup = |link: &String| format!("{link}/setup#{code}");
    let Some(best) = links.first().map(setup) else { return };
    println!();
    match is_given {
        true => println!(
            "Set up this server by this link, with what auth.setup_code_file holds for CODE. It works once, until tomorrow:"
        ),
        false => println!("Set up this server by this link. It works once, until tomorrow:"),
    }
    println!("  {best}");
    if let Some(local) =
        links.iter().find(|link| link.contains("://localhost")).map(setup).filter(|local| *local != best)
    {
        println!("or, on this machine:");
        println!("  {local}");
    }
    if app.tls.get().is_some_and(|tls| tls.state().source == "auto") {
        println!("Your browser will warn once, because this server made its certificate itself. How to end that:");
        println!("  {}/trust", links[0]);
    }
    if !is_given
        && std::io::stdout().is_terminal()
        && let Ok(qr) = qrcode::QrCode::new(&best)
    {
        println!("{}", qr.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build());
    }
}

/// The links that lead to a listener: to one address, or to the best names of the machine.
fn links_to(names: &Names, address: SocketAddr, scheme: &str) -> Vec<String> {
    if address.ip().is_unspecified() {
        let mut links = names.urls(address.port(), scheme);
        // The last is this machine's own, which always stays.
        while links.len() > LINKS_MAX {
            links.remove(links.len() - 2);
        }
        return links;
    }
    vec![format!("{scheme}://{address}")]
}

fn not_bound(address: SocketAddr, error: &std::io::Error) -> Failure {
    use std::io::ErrorKind::{AddrInUse, PermissionDenied};
    match error.kind() {
        AddrInUse => Failure::new(
            Code::Unavailable,
            format!(
                "{address} is in use by another program. Stop that one, or choose another port: snug serve --listen [::]:8444"
            ),
        ),
        PermissionDenied => Failure::new(
            Code::NotPermitted,
            format!(
                "{address} may not be taken without a privilege. Choose a port from 1024, or use systemd/snug.service."
            ),
        ),
        _ => Failure::new(Code::Unavailable, format!("{address} cannot be listened on: {error}")),
    }
}

fn signals() -> Result<(tokio::signal::unix::Signal, tokio::signal::unix::Signal), Failure> {
    let of = |kind| signal(kind).map_err(|error| Failure::new(Code::InputOutput, error.to_string()));
    Ok((of(SignalKind::interrupt())?, of(SignalKind::terminate())?))
}

/// As many files, and so connections, as the system lets us have: shells give a fraction at first. Where it is forbidden it
/// was set by somebody who knows.
fn take_all_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
}
