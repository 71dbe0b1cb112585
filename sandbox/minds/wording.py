"""Sentences the stand-in writer builds mails from, by the place they take in a mail.

The one thing that must hold: no sentence claims anything about the reader or praises them; what is said about them
comes from the document only. A question mark stands in the questions and nowhere else.
"""

from typing import Final

GREETINGS: Final = ("Hello {first},", "Hi {first},", "Good day {first},", "Dear {first},")
NAMELESS: Final = ("Hello,", "Good day,")

FOUND: Final = (
    "While reading about {company} I came across one line and kept thinking about it: {claim}.",
    "One sentence about {company} stayed with me this week: {claim}.",
    "I was looking into how companies like yours work and noted this: {claim}.",
    "Before writing I read what {company} says about itself. What I wrote down was this: {claim}.",
    "Something on your pages made me curious: {claim}.",
    "I spent a quarter of an hour with what is public about {company}, and one thing stood out: {claim}.",
    "My notes on {company} begin with a single line: {claim}.",
    "If I had to describe {company} in one line after reading about it, I would take this: {claim}.",
    "Here is what I learnt about {company} today: {claim}.",
    "There is a line about {company} that I did not expect: {claim}.",
)
NO_FACT: Final = (
    "I have been reading about {company} and would rather ask than guess.",
    "I know {company} only from the outside, so I will keep this short.",
)
READER: Final = (
    "I imagine that for you, as {role}, it shapes quite a few ordinary days.",
    "As {role} you will know far better than I do what that takes week after week.",
    "I imagine that as {role} you see the side of it that never reaches a web page.",
    "A sentence like that is quickly written; as {role} you would know what stands behind it.",
    "From the outside it sounds simple; I suspect that, as {role}, you could tell a longer story.",
    "I would guess that much of the unglamorous part of it ends up with you as {role}.",
    "You, as {role}, probably remember how it was before that.",
    "What interests me is how it looks from the desk of somebody who works as {role}.",
)
READER_PLAIN: Final = (
    "You will know far better than I do what that takes week after week.",
    "I imagine that you see the side of it that never reaches a web page.",
    "From the outside it sounds simple; I suspect you could tell a longer story.",
    "What interests me is how it looks from where you sit.",
)
REASONS: Final = (
    "The honest reason for my mail is our own work: {offer}.",
    "I ask because of what we do: {offer}.",
    "We work on something that touches this: {offer}.",
    "To be open about why I write, this is our trade: {offer}.",
    "Our part in this would be small and concrete: {offer}.",
    "What we could add is easily said: {offer}.",
    "On our side there is one thing that may fit: {offer}.",
)
QUESTIONS: Final = (
    "Which part of it costs you the most attention at the moment?",
    "Is that something you look after yourself, or does somebody else at {company} carry it?",
    "What would you change about it first, if it were only up to you?",
    "How do you decide today what has to wait until next week?",
    "Would it be useful to hear how others have handled the first month of it?",
    "Is this still a topic this quarter, or has it moved on already?",
    "Who at {company} feels it first when something slips?",
    "Does that match what you see, or am I reading too much into one sentence?",
    "May I ask what made you settle on doing it that way?",
    "Would one concrete example from our side be welcome?",
)
ENDINGS: Final = (
    "A single line is plenty, and so is a plain no.",
    "If it is the wrong moment, just say so and I will leave it there.",
    "No meeting needed for this; two words are enough.",
    "I am glad to be corrected if I have misread it.",
    "Either answer helps me, including that it is of no interest.",
    "There is no hurry, and no harm in leaving it unanswered.",
)

ASIDES: Final = (
    "I ask many people the same kind of thing, and the plain answers are the ones I learn from.",
    "I would rather hear one honest sentence than guess from a distance.",
    "Nothing here needs preparing; whatever comes to mind first is usually the useful part.",
    "I promise to read your answer myself and to keep mine short.",
    "I am not after a slot in your calendar, only after your view.",
    "If my picture of it is wrong, that alone would be worth knowing.",
    "You need not be polite about it; a blunt reply helps just as much.",
    "What people leave out of the official version is often what counts.",
    "Half a line from your phone would do.",
    "I keep such answers to myself.",
    "It would help me to understand the work before I talk about ours.",
    "The small details are what I am curious about.",
)

BUMPS: Final = (
    "I wrote last week and do not want to add to the pile, so only the short form.",
    "My earlier mail probably came at a busy time, which is fine.",
    "This is just a nudge on my question from the other day.",
    "A few days ago I asked you something small about {company}.",
    "You may have seen my earlier note; if not, nothing is lost.",
    "Let me put last week's question once more, and more simply.",
    "No answer is an answer too, but perhaps my mail only drowned.",
    "I promised myself to ask twice at most in a month, and this is the second time.",
    "Weeks fill up quickly, so here is my question again without the long beginning.",
    "It may be that my note came on the wrong day; here is its essence.",
    "My last mail asked for more attention than it deserved, so this one is shorter.",
)
SECOND_LOOK: Final = (
    "Since then I have read a little further and found this: {claim}.",
    "One more line from my notes belongs to it: {claim}.",
    "What I should have mentioned then: {claim}.",
    "I went back to what is public and noticed: {claim}.",
    "The reason it stayed on my desk is this: {claim}.",
    "There was a second line that I nearly left out: {claim}.",
    "What I would add today: {claim}.",
    "Reading it again, another sentence caught my eye: {claim}.",
    "Next to my question there is one more note: {claim}.",
)
FAREWELLS: Final = (
    "This is my last note on this, and I will not write about it again.",
    "I will close my notes on {company} with this mail.",
    "I take the silence as an answer, and a fair one.",
    "After this I will leave you in peace.",
    "I do not want to be one of those who never stop, so this is the end of it from me.",
    "Three mails are enough, and this is the third.",
    "Before I put the file on {company} back on the shelf, one last line.",
    "I said I would not insist, so here is where I stop.",
    "You have had two mails from me, and a third is the most that is polite.",
)
KEPT: Final = (
    "What I keep from it is something I liked reading: {claim}.",
    "I will remember one thing about {company}: {claim}.",
    "The line that made me write in the first place was this: {claim}.",
    "What I read about you stays with me: {claim}.",
    "My question still came from this, nothing more: {claim}.",
    "It was this one sentence that I could not place: {claim}.",
    "On top of my notes it still says: {claim}.",
)
OPEN_DOORS: Final = (
    "Should it become a topic one day, a short reply to this mail is all it takes.",
    "If things change, you will find me under this address, next month or next year.",
    "If somebody else at {company} ought to have had my question, feel free to hand it on.",
    "If my timing was simply wrong, tell me which season suits better.",
    "A reply with a single word is still welcome, whenever it comes.",
    "Nothing has to happen now; the offer to compare notes does not run out.",
    "Whoever looks after this at {company} later on is welcome to write to me too.",
    "For the day it does come up, keep this mail and forget the rest.",
)
OPEN_DOORS_TOO: Final = (
    "Until then I will read about you with interest, and without writing.",
    "I would rather stop one mail too early than write one too many.",
    "No answer is needed to this one.",
    "It was a pleasure to look into it, whatever comes of it.",
    "There are no hard feelings in this, only curiosity.",
    "If I was the wrong person to ask, that is fine too.",
    "I hope my questions were no burden.",
    "Perhaps we meet over another question one day.",
)
THANKS: Final = (
    "Thank you for the time it took to read this.",
    "I wish you and the people around you a good rest of the week.",
    "All the best for what is on your desk right now.",
    "Thank you in any case, and good luck with the months ahead.",
    "Until then, I hope the days at {company} treat you well.",
    "Thank you for your patience with a stranger.",
    "May your week be calmer than your inbox.",
)

SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "opener": (
        "A question about {company}",
        "{first}, one small question",
        "What I read about {company}",
        "One line about {company}",
        "{company}: may I ask something",
        "Curious about one thing at {company}",
        "A note for {first}",
        "How you do it at {company}",
    ),
    "bump": (
        "Once more, in short",
        "My question about {company}",
        "{first}, a short reminder",
        "Still curious about {company}",
        "The short form of my question",
    ),
    "breakup": (
        "My last note on this",
        "Closing my notes on {company}",
        "{first}, I will leave it here",
        "A friendly goodbye",
        "Leaving it at that",
    ),
}
