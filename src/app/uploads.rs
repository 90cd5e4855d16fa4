//! Uploads that bytes come for at this moment: one writer each, and none of them is swept.
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
pub struct Uploads {
    busy: Mutex<HashSet<String>>,
}

/// The right to write an upload, until it is dropped.
pub struct Turn {
    uploads: Arc<Uploads>,
    id: String,
}

impl Uploads {
    /// None while somebody else has it.
    pub fn take(self: &Arc<Self>, id: &str) -> Option<Turn> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(id.to_owned()).then(|| Turn { uploads: self.clone(), id: id.to_owned() })
    }

    pub fn is_busy(&self, id: &str) -> bool {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.uploads.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}
