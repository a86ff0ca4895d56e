//! A library for a test, and a web server with files in it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use media_engine::{Playable, Sound};
use media_plan::PlaySource;
use outbound_http::{OutboundHttp, OutboundPolicy};
use sound_edge::{LibraryLimits, SoundLibrary};
use speech_edge::{Espeak, TextToSpeech};

/// A library that may reach this machine.
pub fn library(limits: LibraryLimits) -> SoundLibrary {
    library_with(Arc::new(Espeak::default()), limits)
}

/// A library with a voice of the test's own.
pub fn library_with(voice: Arc<dyn TextToSpeech>, limits: LibraryLimits) -> SoundLibrary {
    let policy = OutboundPolicy { allow_private: vec!["loopback".parse().unwrap()], ..Default::default() };
    SoundLibrary::new(OutboundHttp::new(policy).unwrap(), voice, limits)
}

/// A sound that is wholly there.
pub fn whole(sound: Playable) -> Arc<Sound> {
    match sound {
        Playable::Whole(sound) => sound,
        Playable::Growing(_) => panic!("the rest of it is still on its way"),
    }
}

/// The sound behind a source, once all of it is there.
pub async fn kept(library: &SoundLibrary, source: &PlaySource) -> Arc<Sound> {
    let asking = async {
        loop {
            if let Playable::Whole(sound) = library.sound(source).await.expect("it can be played") {
                return sound;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asking).await.expect("all of it comes in time")
}

/// Files by name, and how often anything was fetched.
pub struct Shelf {
    address: SocketAddr,
    fetched: Arc<AtomicUsize>,
}

impl Shelf {
    /// Serves `files`; names that begin with `fresh` say that they may not be stored.
    pub async fn with(files: &[(&str, Vec<u8>)]) -> Self {
        let files: Arc<HashMap<String, Vec<u8>>> =
            Arc::new(files.iter().map(|(name, bytes)| (name.to_string(), bytes.clone())).collect());
        let fetched = Arc::new(AtomicUsize::new(0));
        let counter = fetched.clone();
        let serve = move |Path(name): Path<String>| async move {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut headers = HeaderMap::new();
            if name.starts_with("fresh") {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            match files.get(&name) {
                Some(bytes) => (StatusCode::OK, headers, bytes.clone()),
                None => (StatusCode::NOT_FOUND, headers, Vec::new()),
            }
        };
        let router = Router::new().route("/{name}", axum::routing::get(serve));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, fetched }
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> PlaySource {
        PlaySource::File { uri: format!("http://{}/{name}", self.address).into(), cache_id: None }
    }

    /// How often anything was fetched.
    pub fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}
