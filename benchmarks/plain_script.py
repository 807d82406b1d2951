"""What a user would write instead: pdfplumber text, sentence-transformers on the CPU, FAISS.

    python benchmarks/plain_script.py MODEL_FOLDER FILE.pdf QUESTION

Nothing is tagged, cleaned or kept; the passages are windows of 160 words.
"""

from __future__ import annotations

import sys

import faiss
import pdfplumber
from sentence_transformers import SentenceTransformer

WORDS = 160  # about 230 tokens, as long as regloupe's passages

if __name__ == "__main__":
    folder, file, question = sys.argv[1:]
    with pdfplumber.open(file) as pdf:
        words = " ".join(page.extract_text() or "" for page in pdf.pages).split()
    passages = [" ".join(words[start : start + WORDS]) for start in range(0, len(words), WORDS)]
    model = SentenceTransformer(folder, device="cpu")
    vectors = model.encode([f"passage: {passage}" for passage in passages], normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    asked = model.encode([f"query: {question}"], normalize_embeddings=True)
    _, numbers = index.search(asked, 5)
    for number in numbers[0]:
        print(passages[number][:200])
    print(f"{len(passages)} passages", file=sys.stderr)
