//! The door: which names, pages and requests are let in, and what every answer carries.
use crate::support::{Answer, Door, Ear, PASSWORD, Person, World, routes, soon};
use serde_json::{Value, json};
use snug::http::router::ROUTES;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const JSON: (&str, &str) = ("content-type", "application/json");
const APP: &str = "https://app.example";

async fn listing() -> World {
    World::with(&[("SNUG_CORS__ORIGINS", APP), ("SNUG_SERVER__HOSTS", "chat.example")]).await
}

/// Changes nothing of oneself, with these headers and the cookie.
async fn change(person: &Person, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[JSON, ("cookie", &person.cookie)], headers].concat();
    person.door.call("PATCH", "/api/v1/me", &headers, "{}").await
}

/// The address of some asset, as the page names it.
async fn an_asset(door: &Door) -> String {
    let page = door.call("GET", "/", &[], "").await;
    let html = String::from_utf8(page.body.to_vec()).unwrap();
    let from = html.find("/assets/").unwrap();
    html[from..].split(['"', '\'']).next().unwrap().to_owned()
}

#[tokio::test]
async fn s10_a_name_that_is_not_this_servers_is_421() {
    let world = listing().await;
    let port = world.door.address.port();
    for path in ["/", "/api/v1/server", "/healthz", "/nothing"] {
        for host in ["evil.example", "chat.example.evil.example", "", "chat.example:x"] {
            let answer = world.door.call("GET", path, &[("host", host)], "").await;
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            answer.refused(421, "wrong_host");
        }
    }
    for host in [
        "chat.example",
        "chat.example.",
        "CHAT.EXAMPLE:1",
        &format!("localhost:{port}"),
        "127.0.0.1",
        "[::1]:9",
        "10.1.2.3",
    ] {
        assert_eq!(world.door.call("GET", "/api/v1/server", &[("host", host)], "").await.status, 200, "{host}");
    }
    let mut line = world.door.line().await;
    line.write_all(b"GET /api/v1/server HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon("an answer", line.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn s27_a_change_with_a_cookie_comes_from_this_origin() {
    let world = listing().await;
    let ann = world.owner("ann").await;
    let own = world.door.origin();
    let port = world.door.address.port();
    let (secure, other_port) = (own.replace("http:", "https:"), own.replace(&port.to_string(), "1"));
    let refused: [&[(&str, &str)]; 10] = [
        &[],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", &secure)],
        &[("origin", &other_port)],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    ];
    for headers in refused {
        let answer = change(&ann, headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        answer.refused(403, "cross_origin");
    }
    let allowed: [&[(&str, &str)]; 4] = [
        &[("origin", &own)],
        &[("sec-fetch-site", "same-origin")],
        &[("origin", APP)],
        &[("origin", &own), ("sec-fetch-site", "same-origin")],
    ];
    for headers in allowed {
        assert_eq!(change(&ann, headers).await.status, 200, "{headers:?}");
    }
    // Reading changes nothing, so anybody's page may ask; it cannot read the answer.
    let read = [("cookie", ann.cookie.as_str()), ("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let answer = world.door.call("GET", "/api/v1/me", &read, "").await;
    assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, None));
}

#[tokio::test]
async fn s27_a_foreign_page_signs_nobody_in() {
    let world = listing().await;
    world.owner("ann").await;
    let own = world.door.origin();
    let body = json!({"username": "ann", "password": PASSWORD}).to_string();
    let log_in = async |header: Option<(&str, &str)>| {
        let headers: Vec<(&str, &str)> = [JSON].into_iter().chain(header).collect();
        world.door.call("POST", "/api/v1/auth/login", &headers, body.clone()).await
    };
    for foreign in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let answer = log_in(Some(foreign)).await;
        assert!(answer.cookie().is_none());
        answer.refused(403, "cross_origin");
    }
    for own in [None, Some(("origin", own.as_str())), Some(("sec-fetch-site", "same-origin"))] {
        assert!(log_in(own).await.cookie().is_some());
    }
}

#[tokio::test]
async fn s26_a_socket_needs_a_session_and_an_allowed_origin() {
    let world = listing().await;
    let ann = world.owner("ann").await;
    let own = world.door.origin();
    let open = async |headers: &[(&str, &str)]| {
        Ear::open(&world.door, "", headers).await.map(drop).map_err(|status| status.as_u16())
    };
    let cookie = ("cookie", ann.cookie.as_str());
    for foreign in ["https://evil.example", "null", "", &own.replace("http:", "https:")] {
        assert_eq!(open(&[cookie, ("origin", foreign)]).await, Err(403), "{foreign}");
    }
    assert_eq!(open(&[cookie]).await, Err(403), "a browser always says where it comes from");
    assert_eq!(open(&[cookie, ("sec-fetch-site", "same-origin")]).await, Err(403));
    assert_eq!(open(&[("origin", &own)]).await, Err(401));
    assert_eq!(open(&[("origin", &own), ("cookie", "snug=guess")]).await, Err(401));
    assert_eq!(open(&[("origin", &own), ("authorization", "Bearer guess"), cookie]).await, Err(401));
    assert_eq!(open(&[cookie, ("origin", &own)]).await, Ok(()));
    assert_eq!(open(&[cookie, ("origin", APP)]).await, Ok(()));
    ann.get("/ws").await.refused(426, "not_a_websocket");
}

#[tokio::test]
async fn s9_cors_answers_only_origins_on_the_list_and_never_with_cookies() {
    let world = listing().await;
    for (origin, listed) in
        [(APP, true), ("https://evil.example", false), ("null", false), ("https://app.example:1", false)]
    {
        let echoed = listed.then_some(origin);
        let answer = world.door.call("GET", "/api/v1/server", &[("origin", origin)], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, echoed));
        assert!(answer.header("access-control-allow-credentials").is_none());
        assert!(answer.header("vary").unwrap().contains("Origin"));
        let asked = [("origin", origin), ("access-control-request-method", "POST")];
        let preflight = world.door.call("OPTIONS", "/api/v1/rooms", &asked, "").await;
        assert_eq!((preflight.status.as_u16(), preflight.header("access-control-allow-origin")), (204, echoed));
        let headers = preflight.header("access-control-allow-headers");
        assert_eq!(headers.is_some_and(|headers| headers.starts_with("Authorization, Content-Type, ")), listed);
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed.is_some_and(|names| names.contains("Upload-Offset") && names.contains("ETag")), listed);
    }
    // Every kind of answer depends on who asks, so that no cache hands one page's permission to another.
    for path in ["/", "/api/v1/server", "/api/v1/me", "/nothing", "/sw.js", "/licenses", &an_asset(&world.door).await] {
        let answer = world.door.call("GET", path, &[("origin", APP)], "").await;
        assert!(answer.header("vary").unwrap().contains("Origin"), "{path}");
    }
    // Neither a wildcard, nor a part, nor another writing of one on the list.
    for near in [
        "https://APP.example",
        "http://app.example",
        "https://app.example.",
        "https://app.example/",
        "https://x.app.example",
    ] {
        let answer = world.door.call("GET", "/api/v1/server", &[("origin", near)], "").await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{near}");
    }
    let own = world.door.origin();
    let answer = world.door.call("GET", "/api/v1/server", &[("origin", &own)], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None, "one's own page needs no permission");
}

#[tokio::test]
async fn s6_s7_s8_every_answer_carries_its_headers() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let asset = an_asset(&world.door).await;
    let mut answers = Vec::new();
    for path in
        ["/", "/login", "/r/1/2", "/nothing", "/api/v1/server", "/api/v1/me", "/api/v1/nothing", "/healthz", &asset]
    {
        let answer = world.door.call("GET", path, &[("cookie", &ann.cookie)], "").await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        let page_only = "camera=(), microphone=(self), geolocation=(), payment=(), usb=()";
        assert_eq!(answer.header("permissions-policy"), Some(page_only), "{path}");
        assert!(answer.header("strict-transport-security").is_none() && answer.header("server").is_none(), "{path}");
        answers.push((path.to_owned(), answer));
    }
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
        media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
        form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; \
        require-trusted-types-for 'script'; trusted-types worker";
    for (path, answer) in &answers {
        let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        assert_eq!(is_page, ["/", "/login", "/r/1/2", "/nothing"].contains(&path.as_str()), "{path}");
        if is_page {
            assert_eq!(answer.header("content-security-policy"), Some(policy));
            assert_eq!(answer.header("x-frame-options"), Some("DENY"));
            assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
            assert_eq!(answer.header("cross-origin-embedder-policy"), Some("require-corp"));
        }
        if path.starts_with("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            assert_eq!(answer.header("vary"), Some("Cookie, Origin"), "{path}");
        }
    }
    let (_, file) = answers.last().unwrap();
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[tokio::test]
async fn s8_assets_stand_under_the_hash_of_their_build_and_come_compressed() {
    let world = World::new().await;
    let asset = an_asset(&world.door).await;
    let plain = world.get(&asset).await;
    assert_eq!((plain.status.as_u16(), plain.header("content-encoding")), (200, None));
    for encoding in ["br", "gzip"] {
        let packed = world.door.call("GET", &asset, &[("accept-encoding", encoding)], "").await;
        assert_eq!(packed.header("vary"), Some("Accept-Encoding"));
        assert_eq!(packed.header("content-encoding"), Some(encoding));
        assert!(packed.body.len() < plain.body.len());
        assert_eq!(packed.header("content-type"), plain.header("content-type"));
    }
    let rest = asset.strip_prefix("/assets/").unwrap().split_once('/').unwrap().1.to_owned();
    for wrong in [format!("/assets/0000/{rest}"), format!("{asset}.br"), format!("{asset}/../../Cargo.toml")] {
        assert_eq!(world.get(&wrong).await.status, 404, "{wrong}");
    }
    let page = world.get("/").await;
    let tag = page.header("etag").unwrap().to_owned();
    let again = world.door.call("GET", "/", &[("if-none-match", &tag)], "").await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn s11_a_method_that_is_not_answered_is_405_and_says_which_are() {
    let world = World::new().await;
    for (method, path, allow) in [
        ("PUT", "/api/v1/rooms", "GET, POST"),
        ("POST", "/api/v1/sync", "GET"),
        ("GET", "/api/v1/auth/login", "POST"),
        ("DELETE", "/", "GET"),
        ("TRACE", "/", "GET"),
        ("BREW", "/api/v1/rooms/1", "GET, PATCH, DELETE"),
    ] {
        let answer = world.door.call(method, path, &[], "").await;
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        answer.refused(405, "method_not_allowed");
    }
    world.door.call("BREW", "/api/v1/nothing", &[], "").await.refused(404, "not_found");
}

#[tokio::test]
async fn s11_a_body_is_json_of_bounded_size() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let origin = world.door.origin();
    let send = async |kind: Option<&str>, body: String| {
        let mut headers = vec![("cookie", ann.cookie.as_str()), ("origin", &origin)];
        headers.extend(kind.map(|kind| ("content-type", kind)));
        world.door.call("PATCH", "/api/v1/me", &headers, body).await
    };
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp")] {
        send(kind, "{}".into()).await.refused(415, "not_json");
    }
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        send(Some(kind), "{}".into()).await.is(200);
    }
    for broken in ["", "{", "{\"name\":}", "{} {}", "\u{feff}{}"] {
        send(Some("application/json"), broken.into()).await.refused(400, "malformed");
    }
    for wrong in ["[]", "null", "7", "\"x\""] {
        send(Some("application/json"), wrong.into()).await.refused(422, "invalid");
    }
    // Deep nesting is refused, not followed.
    let deep = format!("{{\"settings\":{}{}}}", "{\"a\":".repeat(10_000), "1".to_owned() + &"}".repeat(10_000));
    send(Some("application/json"), deep).await.refused(400, "malformed");

    let padded = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
    send(Some("application/json"), padded(128 * 1024)).await.is(200);
    send(Some("application/json"), padded(128 * 1024 + 1)).await.refused(413, "too_large");
    let login = async |bytes: usize| world.door.call("POST", "/api/v1/auth/login", &[JSON], padded(bytes)).await;
    assert_eq!(login(16 * 1024).await.refused(422, "invalid")["field"], "username");
    login(16 * 1024 + 1).await.refused(413, "too_large");
}

#[tokio::test]
async fn s34_unknown_fields_are_refused_in_every_body_and_query() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let hall = ann.makes("public", "hall", &[]).await;
    let message = ann.says(hall, "hello").await;
    let parts = [
        ("room", hall),
        ("message", message),
        ("user", ann.id),
        ("session", 1),
        ("invite", 1),
        ("thread", message),
        ("key", 1),
    ];
    let parts = parts.map(|(name, id)| (name, id.to_string()));
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/") && !route.path.contains("/ws")) {
        let (method, path) = (route.method.as_str(), routes::filled(&route.path[7..], &parts));
        if route.access == snug::auth::Access::Operator {
            continue;
        }
        if let Some(mut body) = routes::body(method, route.path) {
            body["surprise"] = json!(1);
            let answer = ann.asks(method, &path, Some(body)).await;
            assert_eq!(answer.status, 422, "{method} {path}: {:?}", answer.body);
            // OAuth has a type of its own for its errors.
            let refused = match route.path.ends_with("/auth/token") {
                true => answer.is(422),
                false => answer.refused(422, "invalid"),
            };
            assert_eq!((&refused["code"], &refused["field"]), (&json!("invalid"), &json!("surprise")));
        }
        let answer = ann.asks(method, &format!("{path}?surprise=1"), routes::body(method, route.path)).await;
        assert_eq!(answer.status, 422, "{method} {path}?surprise: {:?}", answer.body);
        assert_eq!(answer.refused(422, "invalid")["field"], "surprise");
    }
    assert!(ann.sees(hall).await["me"].is_object(), "nothing of all this was done");
}

#[tokio::test]
async fn s32_to_an_outsider_a_private_room_reads_as_one_that_never_was() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let (bob, eve) = (world.person("bob").await, world.person("eve").await);
    let den = ann.makes("private", "den", &[&bob]).await;
    let hall = ann.makes("public", "hall", &[&bob]).await;
    let direct = ann.post("/directs", json!({"users": [bob.id]})).await.is(201)["id"].as_u64().unwrap();
    let message = bob.says(den, "secret").await;
    let said = bob.says(hall, "hello").await;
    let mut seen = 0;
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/rooms/{room}")) {
        let method = route.method.as_str();
        let ask = async |room: u64, message: u64| {
            let parts = [("room", room), ("message", message), ("thread", message), ("user", bob.id)]
                .map(|(name, id)| (name, id.to_string()));
            let parts = [&parts[..], &[("emoji", "%F0%9F%91%8D".to_owned())]].concat();
            let path = routes::filled(&route.path[7..], &parts);
            let answer = match path.contains("/uploads") {
                true => eve.asks_tus(method, &path).await,
                false => eve.asks(method, &path, routes::body(method, route.path)).await,
            };
            let mut headers = answer.headers.clone();
            headers.remove("date");
            headers.remove("x-request-id");
            (answer.status.as_u16(), headers, answer.body.clone(), answer)
        };
        let never = ask(999_999, 999_998).await;
        assert_eq!(never.0, 404, "{method} {}", route.path);
        for room in [den, direct] {
            let (status, headers, body, _) = ask(room, message).await;
            assert_eq!((status, headers, body), (404, never.1.clone(), never.2.clone()), "{method} {}", route.path);
        }
        // The neighbour: of a public room one may know that it is there.
        let (status, _, _, answer) = ask(hall, said).await;
        match (method, route.path.strip_prefix("/api/v1/rooms/{room}").unwrap()) {
            ("GET", "") => assert_eq!(answer.is(200)["last_message"], Value::Null),
            ("POST", "/join") => {
                assert_eq!(status, 200);
                eve.leaves(hall).await;
            }
            // Of uploads one knows only one's own, in any room.
            (_, path) if path.starts_with("/uploads/") => drop(answer.refused(404, "not_found")),
            _ => drop(answer.refused(403, "not_a_member")),
        }
        seen += 1;
    }
    assert!(seen >= 15, "{seen}");
    for id in ["0", "-1", "x", "1e3", "9007199254740992", "18446744073709551616"] {
        eve.get(&format!("/rooms/{id}")).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    for path in ["/", "/nothing", "/healthz", "/readyz", "/api/v1/server", "/api/v1/me", "/api/v1/nothing", "/licenses"]
    {
        let cookie = [("cookie", ann.cookie.as_str())];
        let mut get = world.door.call("GET", path, &cookie, "").await;
        let mut head = world.door.call("HEAD", path, &cookie, "").await;
        assert!(head.body.is_empty() && !get.body.is_empty(), "{path}");
        for header in ["date", "x-request-id"] {
            get.headers.remove(header);
            head.headers.remove(header);
        }
        assert_eq!((head.status, head.headers), (get.status, get.headers), "{path}");
    }
}

#[tokio::test]
async fn problems_say_what_is_wrong_and_where() {
    let world = World::new().await;
    let ann = world.owner("ann").await;
    let problem =
        ann.post("/rooms", json!({"name": "x", "kind": "public", "members": ["bob"]})).await.refused(422, "invalid");
    assert_eq!((&problem["type"], &problem["title"]), (&json!("about:blank"), &json!("Unprocessable Entity")));
    assert_eq!(problem["field"], "members[0]");
    assert!(problem["detail"].as_str().unwrap().ends_with('.'));
    assert_eq!(ann.post("/rooms", json!({"name": "x"})).await.refused(422, "invalid")["field"], "kind");
    assert_eq!(ann.get("/rooms?limit=no").await.refused(422, "invalid")["field"], "limit");
    assert_eq!(ann.get("/rooms/999999").await.refused(404, "not_found")["field"], Value::Null);
    world.get("/api/v1/me").await.refused(401, "not_signed_in");
    world.get("/api/v1/no/such/thing").await.refused(404, "not_found");
    let token = [("authorization", "Bearer snug_guess")];
    world.door.call("GET", "/api/v1/me", &token, "").await.refused(401, "bad_token");
}

#[tokio::test]
async fn s4_plain_http_on_the_tls_port_redirects_pages_only() {
    let world = World::with(&[("SNUG_SERVER__TLS", "auto")]).await;
    let plain = Door { tls: None, ..world.door.clone() };
    let page = plain.call("GET", "/r/1?x=2", &[], "").await;
    assert_eq!(page.status, 308);
    assert_eq!(page.header("location"), Some(format!("https://{}/r/1?x=2", world.door.address).as_str()));
    plain.call("GET", "/api/v1/server", &[], "").await.refused(403, "https_only");
    plain.call("POST", "/", &[], "").await.refused(403, "https_only");
    assert_eq!(world.get("/api/v1/server").await.is(200)["tls"], true);
    let pem = world.get("/trust/ca.crt").await;
    assert!(pem.body.starts_with(b"-----BEGIN CERTIFICATE-----"));
    assert_eq!(world.get("/trust").await.status, 200);
}

#[tokio::test]
async fn s61_who_found_a_hole_is_told_where_to_write_to() {
    let world = World::with(&[("SNUG_SERVER__CONTACT", "holes@chat.example")]).await;
    let answer = world.get("/.well-known/security.txt").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    assert_eq!(field("Contact:"), "mailto:holes@chat.example");
    let until = field("Expires:");
    let year: i32 = until[..4].parse().unwrap();
    let this = 1970 + i32::try_from(snug::clock::now() / (365 * 24 * 3_600_000)).unwrap();
    assert!(until.ends_with("T00:00:00Z") && (this - 1..=this + 1).contains(&year), "{until}");
    // Who said nothing has no such page.
    assert_eq!(World::new().await.get("/.well-known/security.txt").await.status, 404);
}

#[tokio::test]
async fn s56_every_answer_has_a_number_of_its_own() {
    let world = World::new().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/", "/api/v1/server", "/api/v1/me", "/nothing", "/healthz"] {
        let answer = world.get(path).await;
        let number = answer.header("x-request-id").unwrap().to_owned();
        assert!(number.len() == 12 && seen.insert(number), "{path}");
    }
}
