"""Where a text speaks to a language model instead of its readers: instructions that somebody hid in an article.

Nothing is taken out of the article for it. What is found here is not believed when a language model repeats it, and a
language model that has read it is not believed when it says that there is no answer.
"""

import re

from corpus.sentences import Span, paragraph_spans

_SET_ASIDE = (
    r"ignor\w*|disregard\w*|forget|override|bypass|missachte\w*|vergiss|vergessen sie|oublie[zr]?|olvid[ae]\w*|"
    r"esqueça\w*|dimentica\w*|игнориру\w*|забудь\w*|忽略|无视|無視|忘记|忘れ|무시|تجاهل\w*|انس"
)
_INSTRUCTIONS = (
    r"instructions?|prompts?|directives?|guidelines?|anweisung\w*|vorgaben|consignes?|instrucci\w+|instruç\w+|"
    r"istruzion\w+|инструкци\w+|указани\w+|指令|指示|提示|说明|지시|تعليمات|التعليمات"
)
_MODEL = (
    r"AIs?|A\.I\.|LLMs?|GPT|(?:large )?language models?|(?:AI |virtual |digital )?assistants?|chat ?bots?|"
    r"KI|Sprachmodell\w*|modèles? de langage|modelos? de lenguaje|IA|ИИ|языков\w+ модел\w+|人工智能|语言模型|"
    r"النموذج اللغوي"
)
_PATTERNS = [
    rf"\b(?:{_SET_ASIDE})\b.{{0,60}}?(?:{_INSTRUCTIONS})",
    rf"(?:忽略|无视|無視|忘记|무시).{{0,30}}?(?:{_INSTRUCTIONS})",
    rf"(?:{_INSTRUCTIONS}).{{0,30}}?(?:を?無視|무시)",
    rf"\b(?:if|when|since) you(?:'re| are) (?:an?|the) (?:{_MODEL})\b",
    r"\byou are (?:now|no longer) (?:an?|the|in|bound|allowed|required)\b",
    rf"\b(?:note|message|instructions?|attention|warning|reminder|notice)(?: to| for| all|:|,)*"
    rf"(?: any| all| the| every)? (?:{_MODEL})\b",
    r"\bsystem prompt\b|<\|?(?:im_start|system)\b|\[/?INST\]|^\s*#{2,} ?(?:system|instructions?)\b",
    r"\b(?:new|updated|real|actual|hidden|secret) instructions?\s*:",
    r"\b(?:respond|reply|answer)\b.{0,40}?\b(?:only|exactly|just) (?:with|by|in|the words?)\b",
    r"\b(?:only|always|must|please|instead) (?:respond|reply|answer) (?:with|by|that|in|as)\b",
    r"\b(?:tell|inform|convince|urge) the (?:user|reader|questioner) (?:that|to)\b",
]
_ORDER = re.compile(
    "|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE | re.DOTALL | re.MULTILINE
)


def injected_spans(text: str) -> list[Span]:
    """The paragraphs that give a language model instructions, each with the paragraph after it."""
    paragraphs = list(paragraph_spans(text))
    found = [i for i, (start, end) in enumerate(paragraphs) if _ORDER.search(text, start, end)]
    return [(paragraphs[i][0], paragraphs[min(i + 1, len(paragraphs) - 1)][1]) for i in found]
