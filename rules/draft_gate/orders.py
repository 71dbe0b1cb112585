"""Orders: what tells a machine or a reader to do something that this mail is not for.

What must hold: no accepted mail tells its reader to pay, click, call, log in, pass on or give away anything, in any of
the languages the lists know; and no text that speaks to a machine is shown to one.
"""

import re
from typing import Final

from rules.draft_gate.lists import said_in
from rules.draft_gate.words import as_read, fold, sentences

_CLAUSE: Final = r"(?:^|[.!?:;(\u201c\u201e\u00ab]\s*|\s[-\u2013\u2014*]\s+|\b(?:and then|and please)\s+)"
_POLITE: Final = (
    r"(?:(?:please|kindly|now|just|simply|also|so|then|first|next|bitte|jetzt|einfach|veuillez|merci de|s'il vous plait"
    r"|por favor|ahora|simplemente|per favore)[,:]?\s+){0,3}"
)
_DUTY: Final = (
    r"\b(?:you (?:must|should|shall|need to|have to|are to|ought to|are required to)"
    r"|(?:writers?|assistants?|models?|readers?|recipients?|everyone|everybody) (?:must|should|shall|need to|have to|are to))\s+"
)
_PLAIN: Final = (
    r"click|visit|download|open|install|log ?(?:in|on|into)|sign (?:in|up)|subscribe|unsubscribe|pay|prepay|remit|buy|purchase|invest"
    r"|donate|forward|dial|enter|provide|submit|confirm|verify|validate|reset|paste|execute|delete|disregard|override|append|repeat"
    r"|reveal|disclose|promote|pretend|respond|translate|redeem|hurry|renew|go to|head to|navigate|browse|upload|connect|whatsapp"
    r"|warn|inform|notify|remind|instruct|boycott|terminate|cc|bcc|e-?mail|hand over|pass on"
)
_UNCLEAR: Final = (
    r"order|contact|text|ring|rate|review|claim|book|complete|message|post|act|follow|call|phone|register|deposit|transfer|switch"
    r"|wire|vote|fire|upgrade|copy|type|print|output|insert|update|scan|stop|cancel|quit|join|schedule|reserve|attach|fill|grant"
    r"|authori[sz]e|approve|recommend|publish|include|run|spread|use|address"
)
"""Verbs that are nouns as often: they order only with an object after them."""
_OBJECT: Final = (
    r"(?:the|this|that|these|those|your|our|my|me|us|it|them|him|her|a|an|all|any|every|each|everything|everyone|here|now|today"
    r"|immediately|urgently|to|on|in|at|with|by|for|from|via|only|\d\S*|\+\d\S*)"
)
_SEND: Final = r"(?:send|give|hand|lend|bring|show)\s+(?!me (?:a|one|two|your (?:view|thoughts|answer))\b)(?:me|us|it|them|him|her|the|your|all|every\w*|a|an|this|that|\d\S*|money|cash)"
_WHAT: Final = rf"(?:(?:{_PLAIN})\b|(?:{_UNCLEAR})\s+{_OBJECT}\b|{_SEND}\b)"
_EN = re.compile(rf"(?:{_CLAUSE}{_POLITE}|\b(?:please|kindly)\s+){_WHAT}", re.MULTILINE)
_EN_ASIDE = re.compile(rf",\s*{_POLITE}(?:{_PLAIN}|{_UNCLEAR})\s+{_OBJECT}\b")
_EN_DUTY = re.compile(rf"{_DUTY}{_WHAT}")
_EVER = re.compile(r"\b(?:click|whatsapp|log in|sign up|unsubscribe)\b")
_DE_SAFE = "sagen|schreiben|lassen|antworten|melden|haben|finden|nehmen|verstehen|wissen|freuen|seien|erlauben|verzeihen|entschuldigen"
_DE = re.compile(rf"{_CLAUSE}{_POLITE}(?!(?:{_DE_SAFE})\b)[a-z]+(?:en|ern|eln)\s+sie\b", re.MULTILINE)
_DE_WISH = re.compile(
    r"\bbitte\s+(?:[\w-]+\s+){0,6}(?:klicken|besuchen|herunterladen|anrufen|uberweisen|bezahlen|zahlen|weiterleiten|bestatigen|angeben|eingeben|anmelden|bestellen|kaufen|senden|schicken|ignorieren|vergessen)\b"
)
_FR_SAFE = "dites|repondez|ecrivez|laissez|hesitez|sachez|avez|etes|pouvez|voulez|devez|savez|faites-moi|permettez|excusez|pardonnez|chez|assez|preferez|gomez|lopez|perez|sanchez|martinez|rodriguez|hernandez|gonzalez|fernandez|alvarez|jimenez|ramirez|vazquez|suarez|nunez|mendez|diez|chavez|cortez|benitez|dominguez|gutierrez|marquez"
_FR = re.compile(
    rf"{_CLAUSE}{_POLITE}(?!(?:{_FR_SAFE})\b)(?:[a-z]+ez|cliquer|visiter|telecharger|appeler|payer|virer|transferer|envoyer|confirmer|ouvrir|ignorer|verser|inclure|ajouter)\b(?!-vous|\s+vous)",
    re.MULTILINE,
)
_ES = re.compile(
    rf"{_CLAUSE}{_POLITE}(?:haga|haz|visite|visita|descargue|descarga|abra|instale|instala|inicie sesion|registrese|suscribase|pague|paga|transfiera"
    r"|transfiere|envie|envia|compre|llame|llama|marque|introduzca|proporcione|confirme|confirma|verifique|verifica|actualice|reenvie|reenvia|ignore"
    r"|ignora|olvide|olvida|incluya|incluye|anada|anade|escriba|repita|revele|contacte|acceda|rellene|reserve|deposite|ingrese|entregue|debe \w+r|tiene que)\b",
    re.MULTILINE,
)
_OTHER = re.compile(
    rf"{_CLAUSE}{_POLITE}(?:clicca|clicchi|visiti|visita|scarichi|scarica|paghi|chiami|invii|ignori|ignora|klik|bezoek|betaal|bel|negeer|stuur|clique|visite|baixe|pague|ligue|envie|klikk|klicka|besok|kliknij|odwiedz|zaplac|zignoruj)\b",
    re.MULTILINE,
)
_FOREIGN_ALPHABET = re.compile(
    r"[\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{3,}"
)

_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:above|previous|prior|earlier|all|instructions?|rules?|brief|guidelines?|everything|facts?)\b"
    r"|\b(?:system|developer|hidden|secret|initial)\s+(?:prompt|message|instructions?|note|mode)\b|\b(?:prompts?|jailbreak|llm|chatbot|language model|large language|ai model|ai writer|ai agent|ai assistant)\b"
    r"|\b(?:note|message|instructions?|attention|notice|memo|reminder|order|task)\s+(?:to|for)\s+(?:the\s+)?(?:ai|assistant|model|writer|bot|agent|author|machine|system|reader)\b"
    r"|\b(?:assistant|system|user|developer)\s*:|<\|?(?:im_start|im_end|system|assistant)|\[/?(?:inst|system)\]|###"
    r"|\b(?:you are|act as|pretend to be|roleplay as|behave as|from now on)\b.{0,40}\b(?:assistant|model|ai|bot|hacker|pirate|expert|admin\w*|now|unrestricted|free)\b"
    r"|\b(?:in|into|to|at the end of|on top of)\s+(?:the|your|every|each|any|this|all)\s+(?:e-?mails?|mails?|letters?|messages?|drafts?|answers?|subjects?|subject lines?|body|output|reply|replies|response)\b"
    r"|\b(?:your|the)\s+(?:mail|e-?mail|letter|message|draft|answer|output|response|subject line)s?\s+(?:must|should|shall|has to|needs to|will|is to|begins?|ends?)\b"
    r"|\b(?:write|say|state|mention|tell|add|end|begin|start|sign|quote|use|place|put|drop|weave|close)\b.{0,50}\b(?:mails?|e-?mails?|letters?|messages?|drafts?|subjects?|readers?|recipients?|sentences?|words?|phrases?|them that|him that|her that|exactly|verbatim|instead|lines?|tokens?|codes?|json)\b"
    r"|\b(?:ignoriere|vergiss|ignorieren|vergessen)\b.{0,40}\b(?:anweisung\w*|regeln?|alles|vorherig\w*|obig\w*)\b|\b(?:anweisung\w*|systemnachricht|hinweis)\s+(?:an|f\u00fcr)\b"
    r"|\b(?:ignorez|oubliez|ignore|oublie)\b.{0,40}\b(?:instructions?|consignes?|r\u00e8gles?|pr\u00e9c\u00e9dent\w*|tout)\b"
    r"|\b(?:ignora|ignore|olvida|olvide)\b.{0,40}\b(?:instrucci\w+|reglas?|anterior\w*|todo)\b"
    r"|\b(?:schreibe|f\u00fcge|nenne|erw\u00e4hne|antworte)\b.{0,60}\b(?:mail|e-mail|betreff|nachricht|satz|wort|leser|empf\u00e4nger)\b"
    r"|\b(?:\u00e9crivez|\u00e9cris|ajoutez|ajoute|mentionnez|r\u00e9pondez|incluez)\b.{0,60}\b(?:courriel|e-?mail|message|objet|lecteur|destinataire|phrase|mot)\b"
    r"|\b(?:escriba|escribe|a\u00f1ada|a\u00f1ade|mencione|incluya|responda)\b.{0,60}\b(?:correo|mensaje|asunto|lector|destinatario|frase|palabra)\b",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_TOLD: Final = (
    r"(?:promise|propose|praise|congratulate|threaten|render|pretend|state|mention|write|say|tell|spell|hide|style|refuse|add|suggest|embed"
    r"|announce|assume|remember|note that|make sure|always|never|from now on|instead of)\b"
    r"|(?:ask|invite|offer|claim|list|start|end|close|sign|begin|answer|quote|leave|make|have|get|put|give|imagine)\s+"
    r"(?:for|the|them|him|her|it|that|this|these|as|with|every|each|all|readers?|people|recipients?|a|an|your|by|in|to)\b"
)
_TO_A_WRITER = re.compile(rf"{_CLAUSE}[\"\u201d\u2018']?{_POLITE}(?:{_TOLD})", re.MULTILINE)
"""What a company does not say of itself: a sentence that begins by telling somebody what to write."""
_SECOND_PERSON = re.compile(
    r"\b(?:you (?:must|should|shall|need to|have to|are (?:now|to|required|authori[sz]ed))|your (?:task|job|role|instructions?|password|account|bank|payment|card|credentials))\b",
    re.IGNORECASE,
)


def order_in(text: str) -> str | None:
    """What in a fact speaks to a machine or gives an order; ``None`` for a plain statement.

    Facts are about a company: a text with an order in it is withheld, even where it is only a slogan ("Visit us").
    """
    read = as_read(text)
    for pattern in (_MACHINE, _SECOND_PERSON):
        if found := pattern.search(read):
            return found.group()
    for sentence in sentences(read):
        if found := _TO_A_WRITER.search(fold(sentence)):
            return found.group()
    if found := _FOREIGN_ALPHABET.search(read):
        return found.group()
    return command_in(read) or said_in(read, "sensitive") or said_in(read, "machine")


def command_in(text: str) -> str | None:
    """What in a mail orders its reader about; ``None`` where nothing does.

    Asking for an answer is no order: "tell me", "just say so", "send me one line" and their like pass.
    """
    for sentence in sentences(as_read(text)):
        folded = fold(sentence)
        asked = sentence.rstrip().endswith("?")
        patterns = (
            (_EN, _EVER, _ES, _OTHER) if asked else (_EN, _EN_ASIDE, _EN_DUTY, _EVER, _DE, _DE_WISH, _FR, _ES, _OTHER)
        )
        for pattern in patterns:
            if found := pattern.search(folded):
                return found.group().strip(" ,;:.-")
    return None
